[b][i][u][s][code]all[/code][/s][/u][/i][/b], [b][i][u][s]four[/s][/u][/i][/b]
