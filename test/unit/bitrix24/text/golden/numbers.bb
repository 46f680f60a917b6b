1. first
2. second
3. third

Continue:

7. seven
8. eight

2024. Was a good year.
