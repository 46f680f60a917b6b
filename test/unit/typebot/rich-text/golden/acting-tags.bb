[∅user=all]everyone[∅/user] [∅chat=12]room[∅/chat] [∅put]/x[∅/put] [∅put=/help]help[∅/put] [∅send=/stop]Stop[∅/send]
[∅call=+79001234567]call[∅/call] [∅disk=77] [∅icon=https://example.com/i.png size=20 title=x] [∅timestamp=1 format=X]
[b][∅send=/stop][/b]Stop[i][∅/send][/i]
