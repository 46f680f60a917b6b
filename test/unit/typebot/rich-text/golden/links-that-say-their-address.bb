https://example.com
[url=https://example.com]example.com[/url]
https://example.com/путь
[url=mailto:ann@example.com]ann@example.com[/url]
