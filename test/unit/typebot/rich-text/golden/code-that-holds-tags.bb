[code][b]x[/b][/code] [code]a[i] = [user][/code]
[code][∅/code] [b]out[/code]
[code][∅user=all]all[/user] [∅put=/x]y[∅/put][/code]
[code][∅code]x[∅/code]
[∅send=/stop]stop[∅/send][/code]
[code][∅/code][/code] after
