[b]Delivery[/b]

[b]Terms and conditions[/b]
Text right below.

[b]Setext[/b]

[b]With [code]code[/code] and [i]stress[/i][/b]
