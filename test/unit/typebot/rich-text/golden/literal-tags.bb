[∅b]not bold[∅/b] [∅i]x[∅/i] [∅u]y[∅/u] [∅s]z[∅/s] [∅url=https://a.b]c[∅/url] [∅code]d[∅/code] [∅size=20]e[∅/size] [∅br]
arr[0] [1] [x] [Да] row[∅user]
[∅ b ] [∅B] ［∅b］ &#91;∅b]
