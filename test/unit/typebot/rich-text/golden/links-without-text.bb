https://example.com/page
See https://example.com/page.
https://example.com/page
ann@example.com +79001234567
 nothing
text without address, no url at all
