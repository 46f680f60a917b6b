>>Quoted [b]line one
>>line two[/b] end

Reply.

>>first
>>
>>second paragraph
>>> nested
>>> > deeper
>>• list in quote
>>
>>code in quote
lazy line? no, this is a new paragraph
