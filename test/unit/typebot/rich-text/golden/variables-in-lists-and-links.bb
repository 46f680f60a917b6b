• Ann: 1
  2
• x
  y
  • z
 [url=https://example.com/]Ann Lee[/url]
