[us[∅user=all]er=all]a[∅/user] [∅us[b]er=all]b[/b][∅/user] [∅us[b]er=all[/b]]c[∅/user] [∅user=all]d[∅/user]
[∅ user=all]e[∅/user] [∅USER = all]f[∅/user] [∅u∅ser=all]g[∅/user] [∅us­er=all]h[∅/user] ［∅user=all］i［∅/user］ [∅ｕser=all]j[∅/user] [∅uſer=all]k[∅/user]
[∅user=all]l[∅/user] [∅user=all] [∅user=all] [code][∅user=all][/code] [∅user=all]m[∅/user] [∅user=all]n[∅/user]
[∅send=a[∅b]c]o[∅/send] [∅[b]Call[/b]] us, [∅user] and [[code]user[/code]] are words
