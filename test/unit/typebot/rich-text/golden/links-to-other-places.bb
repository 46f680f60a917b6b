docs (/docs/start) shop (example.com/shop) example.com Telegram (tg://resolve?domain=shop) ftp (ftp://example.com/x)
