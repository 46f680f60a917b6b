[url=https://example.com/path?a=1&b=2]site[/url], https://example.com, https://example.com/bare_url_here, https://example.com/angle, www.example.com.

[url=mailto:a@example.com]mail[/url], a@example.com, b@example.com, [url=tel:+79001234567]call[/url], [url=tel:+7900]+7 900[/url].

[url=https://example.com/ref]ref[/url] and [url=https://example.com/collapsed]collapsed[/url] and [url=https://example.com/with%20space]short[/url].
