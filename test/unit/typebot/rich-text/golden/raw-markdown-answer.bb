Here is the answer:

[b]Delivery[/b] takes [i]two[/i] days:

• by courier
• by post

See [url=https://example.com/t]terms[/url].

Anything else?
