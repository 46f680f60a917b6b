above
──────────
below
[url=https://example.com/a.png]A cat[/url]
in [url=https://example.com/b.png]a dog[/url] line
https://example.com/c.png

end
