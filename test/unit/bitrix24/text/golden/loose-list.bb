1. [b]Choose a plan.[/b]

    Compare them first.

2. [b]Pay.[/b]

>>Cards only.

3. Wait.
