• a
• b

[b]Total:[/b] 5

[code]x = [∅user=all]
* y *[/code]

end
