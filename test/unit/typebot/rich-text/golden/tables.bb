Prices
[b]Plan[/b] | [b]Price[/b]
Basic | 0 ₽
[b]Pro[/b] [url=https://example.com]more[/url] | 1 990 ₽ a month
 | two lines
x y | 
end
