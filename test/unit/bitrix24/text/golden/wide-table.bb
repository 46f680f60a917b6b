[code]Question | Answer
----|----
How long does delivery take to the far regions of the country? | From five to fourteen days, depending on the carrier and the season of the year
Can I return it? | Yes[/code]
