Fruit:
• apples
• pears
• [b]plums[/b] ([url=https://example.com]more[/url])
That is all.
