1. Fruit
  • apples
  • pears
2. Vegetables
  1. carrots
  2. beets
3. Bread
1. begins anew
