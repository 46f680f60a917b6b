a b   
[b]bold again[/b] [b]still[/b]
  
 end
