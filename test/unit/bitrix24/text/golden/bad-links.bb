js JS tab data vb file ftp

relative (/docs/start.html) anchor empty https://example.com/no-text javascript:alert(1)

[url=https://example.com/%5Buser=all%5D]b[∅user=all]x[∅/user][/url] https://example.com/[∅send=/x]y[∅/send]
