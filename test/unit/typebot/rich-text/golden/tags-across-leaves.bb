[∅b]x[∅/b]
[[b]b]x[/b][∅/b]
[∅us[i]er=all][/i]x[∅/user]
[b][∅put=/x][/b]x
[∅u
ser=all]
