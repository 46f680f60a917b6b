[url=https://example.com][code]npm i[/code] now[/url]
[url=https://example.com][code]a b[/code][/url]
[code]see site bold[/code]
