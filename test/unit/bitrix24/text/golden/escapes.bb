*not bold* _not italic_ `not code` # - [∅not link](https://example.com) [∅b]not bold[∅/b] > \ C:\dir\file
# not a heading

1986. A year, no list
