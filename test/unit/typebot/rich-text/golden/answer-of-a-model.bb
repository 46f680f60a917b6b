Вот ответ:
[b]Доставка[/b]
По Москве — [b]2 дня[/b]:
• курьер
• пункт выдачи
>>Самовывоз бесплатно.
[code]curl https://example.com[/code]
[url=https://example.com/delivery]Подробнее[/url]
