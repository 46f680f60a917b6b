• [b]Price:[/b] 5 ₽
  • [s]6 ₽[/s]
• plain
1. [code]one[/code]
2. two
>>[i]quoted[/i]

[b]A heading[/b]
[i][b]both[/b][/i] [url=https://example.com/a_b][b]link[/b][/url] [code]**code**[/code] [code]`tick`[/code]

[code]**code**
block[/code]
