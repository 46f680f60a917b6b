Hi [b]John[/b]

• One
See [url=https://x.y]site[/url]
