[b]outer [i]both[/i] outer[/b] plain [i]i[b]bi[/b]i[/i]
