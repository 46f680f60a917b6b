[b]Bold[/b]
new line [url=https://example.com]site[/url]

1 < 2 and 3 > 2

[code]a   | b
----|----
1   | 2[/code]
