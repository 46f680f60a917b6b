>>• point
>>• two
>>  • deep
>>x = 1
>>  y
>>[b]Head[/b]
>>[code]inline[/code] and two
>>lines
• item
>>quoted in item
>>more
>>• only a quote
>>  its second
