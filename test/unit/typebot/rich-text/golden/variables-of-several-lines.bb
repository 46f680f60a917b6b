Answer: one

two, end
• x
• y
List: lead
• x
trail tail
[b]Title[/b]
body
• x

• after a blank
