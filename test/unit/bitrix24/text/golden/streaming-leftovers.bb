Half of an answer with **bold that never ends

• item one
• item tw`o

[code]{"a": [1, 2[/code]
