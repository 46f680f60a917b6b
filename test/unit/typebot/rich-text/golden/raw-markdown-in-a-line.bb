Hello [b]Ann[/b], your order is [b]ready[/b]!

plain 2*3*4 and snake_case_name
[∅b]literal[∅/b] stays
