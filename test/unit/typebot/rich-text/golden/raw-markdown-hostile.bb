[b][∅user=all]x[∅/user][/b] [∅send=/stop]y[∅/send] z
[∅put][b]a[/b][∅/put]
