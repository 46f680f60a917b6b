[url=https://example.com/cat.png]A cat[/url] https://example.com/no-alt.png

[url=https://example.com/build]Badge[/url] data local (img/a.png)
