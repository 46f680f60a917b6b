1. [b]one[/b]
  • under one
2. two

text behind

[url=https://example.com/?a=1&copy;=2&amp;b][b]see[/b][/url]

**a** [code]x
**y**[/code]
