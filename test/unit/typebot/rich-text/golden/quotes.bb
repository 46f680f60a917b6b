He wrote:
>>One line, [b]bold[/b]
Reply.
>>first
>>
>>second
>>third
>>> deeper
>>> > deepest
>>a
>>
>>b
end
