[url=https://example.com/a?b=1&c=2]shop[/url]
See [url=https://example.com]our [b]site[/b][/url] or [url=mailto:ann@example.com]write[/url], [url=tel:+79001234567]call[/url].
[b]bold [url=https://example.com/x]link[/url] bold[/b]
[url=https://example.com/1]one[/url][url=https://example.com/2]two[/url][url=https://example.com/2]three[/url]
