first
second

fourth
Dear [b]Ann[/b]
[b]Lee[/b],
welcome
windows
line
old
