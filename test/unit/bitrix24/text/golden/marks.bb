[b]bold[/b], [b]bold[/b], [i]italic[/i], [i]italic[/i], [s]struck[/s], [code]code[/code], [i][b]both[/b][/i], [b]bold [i]and italic[/i] inside[/b].

snake_case_name, 2 * 3 * 4, 5[i]6[/i]7, [b]не[/b]закончено, [b]init[/b].py, [b]bold
over two lines[/b].
