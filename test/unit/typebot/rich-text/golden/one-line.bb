Hello!
