[code]Plan  |   Price |             Users
------|---------|-------------------------------
Basic |     0 ₽ |               5
Pro   | 1 990 ₽ | fifty (https://example.com/50)
x     |   a | b |              日本[/code]

After the table.
