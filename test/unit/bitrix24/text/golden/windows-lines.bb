One

• a
• b

[code]code
  more[/code]
end
