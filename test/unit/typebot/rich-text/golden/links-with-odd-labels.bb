[url=https://example.com]two lines[/url]
a [url=https://example.com]in blanks[/url] b
[url=https://example.com/1]outer inner end[/url]
[url=https://example.com][∅/url] [∅url=https://evil.example]x[/url]
[url=https://example.com]a b c[/url]
