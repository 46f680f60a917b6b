a string
[b]leaf at the top[/b]
5




string child12
number for a type
text beside the type
constructor
proto
[url=https://example.com]link at the top[/url]
item without a list
lic at the top
cell without a row
marks that are no flags
