[b]Bold BB[/b] and [b]Markdown[/b], [i]italic[/i], [url=https://example.com]link[/url], [url]https://example.com[/url], [color=#ff0000]red[/color], [size=20]big[/size]

arr[∅i] = b[∅s]; [∅b]never closed, [b]crossed [i]marks[/i][/b][i] here[/i], [∅url=javascript:x]bad[∅/url], [∅size=99]huge[∅/size], [code]x[0][/code]
