[b]onetwo[/b][i]three[b]four[/b][/i]
[b]next line[/b]
[b]and the next[/b]
