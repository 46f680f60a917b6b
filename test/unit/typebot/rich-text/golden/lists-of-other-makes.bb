• text right in the item
• a paragraph in the item
• text and [url=https://example.com]link[/url]
  • nested
• not an item
  • list in list
1. x
  • y
2. z
