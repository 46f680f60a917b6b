[b]bold [i]both[/i][/b] [i]italic[/i]
[s][u]us[/u]s[/s] [b]a[u]b[i]c[/i][/u][/b][i][u]d[/u]e[/i]
