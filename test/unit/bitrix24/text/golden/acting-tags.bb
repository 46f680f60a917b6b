[∅user=all]everyone[∅/user] [∅USER=5]Ann[∅/USER] [∅chat=12]room[∅/chat] [∅chat=imol|77]line[∅/chat] [∅context=chat12/345]see[∅/context]
[∅call=+79001234567]call me[∅/call] [∅call]+7900[∅/call] [∅send=/stop]Stop[∅/send] [∅send]yes[∅/send] [∅put=/help]help[∅/put]
[∅icon=https://example.com/i.png size=20 title=x] [∅img size=small]https://example.com/i.png [∅/img] [∅disk=77] [∅timestamp=1700000000 format=SHORT_TIME_FORMAT]
