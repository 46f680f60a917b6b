before 
• in a paragraph
 after
• only
a
b
x
[code]y[/code]
z
see
>>quoted
end
