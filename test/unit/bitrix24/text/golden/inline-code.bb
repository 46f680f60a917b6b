Use [code]npm i[/code], [code]a ` b[/code], [code]arr[user][/code], [code][∅user=all][/code], [code][∅/code][/code], [code]<b>[/code] and [code]&lt;[/code].
