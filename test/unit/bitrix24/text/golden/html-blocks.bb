[b]Title[/b]

Some [b]bold[/b] text
• one
• [url=https://example.com]two[/url]

[b]after a break[/b]

[code]  keep   this[/code]

Done.
