[∅user=all]x[∅/user] [b][∅put]y[∅/put][/b] z [∅b]
