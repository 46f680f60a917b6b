1. Fruit
    ◦ apples
        • green
        • red
    ◦ pears
2. Vegetables
    1. carrots
    2. beets

• a
    ◦ b
        • c
            ◦ d
