plain

[b]bold[/b]
