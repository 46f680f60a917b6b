[b]bold[/b] [i]italic[/i] [u]underline[/u] [s]strike[/s] [code]code[/code]
