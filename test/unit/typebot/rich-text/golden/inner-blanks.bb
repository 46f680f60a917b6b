two  spaces,   three,	tab
    four in front
no-break space
a b c
