Hi [b]John[/b]

• One
• Two

[u]under[/u] [i]it[/i] [s]gone[/s]
[url=https://x.y]site[/url]
