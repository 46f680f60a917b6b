Leading blanks and trailing

Text
• list at once
[b]Heading at once[/b]
>>quote at once

text		with	tabs
