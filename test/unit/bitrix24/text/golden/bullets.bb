Items:
• one
• two
    with a second line
• other list
• third list

After.
