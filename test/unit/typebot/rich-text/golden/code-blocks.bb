Before
[code]def f(arr, i):
    return arr[i] * 2  # **not bold**

end[/code]
After
[code]raw text
  in one leaf[/code]
• in a list
[code]a
  b[/code]
• [code]only code[/code]

end
