[b]bold with [code]code[/code] and [url=https://example.com]link bold[/url] and [s]struck [i]italic[/i][/s][/b]

[i]italic [b]bold again bold[/b] italic[/i] and [i]unclosed mess here[/i]
