Before
[code]def f(arr, i):
    return arr[i] * 2  # **not bold** [∅user=5][/code]
After

[code]tilde [b]fence[/b] [∅/code] end[/code]

[code]indented code
  stays[/code]

[code]never closed[/code]
