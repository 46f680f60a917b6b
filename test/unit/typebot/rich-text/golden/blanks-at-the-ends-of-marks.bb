before [b]bold[/b] after
[i]italic[/i]
end
  [b]indented bold[/b] [i]two[/i]  [u]three[/u]
