[b]bold[/b] [b]bold[/b] [i]it[/i] [i]it[/i] [u]under[/u] [s]struck[/s] [s]gone[/s] line
break
again

[url=https://example.com]link[/url] bad none [code]a **b** <c>[/code] [code]Ctrl[/code] <span style="x">span</span>

Use the <div> tag,  1 < 2 > 0, List<String>, [∅b]unclosed, [b]a b c[/b] [url=https://example.com/i.png]pic[/url]
