[b]Delivery[/b]
[b]Terms and conditions[/b]
Text right below.
[b]With [code]code[/code] and [i]stress[/i][/b]
[b][url=https://example.com]linked[/url][/b]
[b]five[/b]
[b]six[/b]

end
