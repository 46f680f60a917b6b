Hello Ann!
first of the value
second
Dear [b]Ann[/b],
alone
In it: text only and here end
wrapper with text
