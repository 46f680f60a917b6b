• first
  second line of it

  after a blank
• lead
  its own paragraph
  [b]and bold[/b]
• with list
  • inner
    second line
  after the list
•
end
