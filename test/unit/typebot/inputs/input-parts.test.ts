import assert from 'node:assert/strict';
import { askAgainText } from '../../../../lib/typebot/inputs/ask-again';
import { inputParts } from '../../../../lib/typebot/inputs/input-parts';
import { question } from './questions';

const context = 'typebot-input:q1';
const plain = (text: string) => ({ type: 'text', text, format: 'plain' });
const choices = (...items: readonly { id: string; label: string; value?: string }[]) => ({
  type: 'choices',
  items,
  context,
});
const shown = (type: string, rest: Record<string, unknown> = {}, language = 'en') =>
  inputParts(question(type, rest), language);
const marks = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_unused, index) => ({
    id: String(from + index),
    label: String(from + index),
  }));

describe('what is shown of a question', () => {
  it('is nothing for a text, unless its designer left a word in the field', () => {
    for (const type of ['text input', 'signature input']) {
      assert.deepEqual(shown(type), []);
      for (const placeholder of [
        '',
        '  ',
        'Type your answer...',
        'type your answer',
        '<b>Click</b> here',
        '...',
      ]) {
        assert.deepEqual(shown(type, { options: { labels: { placeholder } } }), [], placeholder);
      }
      assert.deepEqual(shown(type, { options: { labels: { placeholder: 'Имя и фамилия' } } }), [
        plain('Имя и фамилия'),
      ]);
    }
  });

  it('is a hint in the language of the person', () => {
    const cases: [type: string, options: Record<string, unknown>, en: string, ru: string][] = [
      ['email input', {}, 'For example: name@example.com', 'Например: name@example.com'],
      ['email input', { labels: { placeholder: 'Your e-mail' } }, 'Your e-mail', 'Your e-mail'],
      [
        'email input',
        { labels: { placeholder: 'Type your email...' } },
        'For example: name@example.com',
        'Например: name@example.com',
      ],
      ['url input', {}, 'For example: https://example.com', 'Например: https://example.com'],
      ['number input', { min: 1, max: 10 }, 'A number from 1 to 10.', 'Число от 1 до 10.'],
      ['number input', { min: '0' }, 'A number, 0 or more.', 'Число не меньше 0.'],
      ['number input', { max: 2.5 }, 'A number, 2.5 or less.', 'Число не больше 2.5.'],
      ['number input', { min: 'x', labels: { placeholder: 'Type a number...' } }, '', ''],
      [
        'phone number input',
        { labels: { placeholder: 'Type your phone number...' } },
        'A number with its country code, for example +44 7911 123456.',
        'Номер с кодом страны, например +7 912 345-67-89.',
      ],
      ['phone number input', { defaultCountryCode: 'FR' }, '', ''],
      ['time input', {}, 'A time, for example 14:30.', 'Время, например 14:30.'],
      [
        'date input',
        {},
        'A date as DD/MM/YYYY, for example 31/12/2026.',
        'Дата в формате ДД/ММ/ГГГГ, например 31/12/2026.',
      ],
      [
        'date input',
        { hasTime: true },
        'A date as DD/MM/YYYY HH:MM, for example 31/12/2026 14:30.',
        'Дата в формате ДД/ММ/ГГГГ ЧЧ:ММ, например 31/12/2026 14:30.',
      ],
      [
        'date input',
        { format: 'd.M.yy' },
        'A date as D.M.YY, for example 31.12.26.',
        'Дата в формате Д.М.ГГ, например 31.12.26.',
      ],
      [
        'date input',
        { format: 'MMMM d, yyyy' },
        'A date as YYYY-MM-DD, for example 2026-12-31.',
        'Дата в формате ГГГГ-ММ-ДД, например 2026-12-31.',
      ],
      [
        'date input',
        { isRange: true, min: '2026-01-01', max: '2027-06-30T10:00' },
        'Two dates, the first and the last, for example 24/12/2026 – 31/12/2026.\nNot before 01/01/2026.\nNot after 30/06/2027.',
        'Две даты, начало и конец, например 24/12/2026 – 31/12/2026.\nНе раньше 01/01/2026.\nНе позже 30/06/2027.',
      ],
      [
        'date input',
        { min: 'soon' },
        'A date as DD/MM/YYYY, for example 31/12/2026.',
        'Дата в формате ДД/ММ/ГГГГ, например 31/12/2026.',
      ],
      [
        'file input',
        { labels: { placeholder: '<strong>Click to upload</strong>' } },
        'Please send a file.',
        'Пришлите, пожалуйста, файл.',
      ],
      [
        'file input',
        {
          isMultipleAllowed: true,
          allowedFileTypes: { isEnabled: true, types: ['image/*', '.PDF', 'text/plain', 'docx'] },
        },
        'Please send one or more files.\nThese will do: pictures, .pdf, .txt, .docx.',
        'Пришлите, пожалуйста, один или несколько файлов.\nПодойдут: изображения, .pdf, .txt, .docx.',
      ],
      [
        'file input',
        { allowedFileTypes: { isEnabled: true, types: ['application/vnd.oasis.opendocument.text'] } },
        'Please send a file.',
        'Пришлите, пожалуйста, файл.',
      ],
    ];
    for (const [type, options, en, ru] of cases) {
      const message = JSON.stringify([type, options]);
      assert.deepEqual(shown(type, { options }, 'en'), en === '' ? [] : [plain(en)], message);
      assert.deepEqual(shown(type, { options }, 'ru'), ru === '' ? [] : [plain(ru)], message);
    }
  });

  it('knows Russian by its code, and speaks English with everybody else', () => {
    const hintIn = (language: string) => shown('time input', {}, language)[0];
    for (const language of ['ru', 'RU', 'ru-RU', 'ru_RU'])
      assert.deepEqual(hintIn(language), plain('Время, например 14:30.'));
    for (const language of ['', 'en', 'de', 'rum', 'la'])
      assert.deepEqual(hintIn(language), plain('A time, for example 14:30.'));
  });

  it('is the choices, without those that say nothing', () => {
    const items = [
      { id: 'a', content: 'Sales', value: 'dep-1' },
      { id: 'b' },
      { id: 'c', content: '  ' },
      { id: 'd', content: ' Support\nteam ' },
    ];
    const [sales, support] = [
      { id: 'a', label: 'Sales', value: 'dep-1' },
      { id: 'd', label: 'Support team' },
    ];
    assert.deepEqual(shown('choice input', { items }), [choices(sales, support)]);
    assert.deepEqual(shown('choice input', { items, options: { isMultipleChoice: true } }, 'ru'), [
      {
        ...choices(sales, support),
        multiple: true,
        prompt: 'Можно выбрать несколько вариантов: перечислите их через запятую.',
      },
    ]);
    assert.deepEqual(shown('choice input', { items: [{ id: 'b' }] }), []);
  });

  it('is the marks of a rating, and what its ends mean', () => {
    assert.deepEqual(shown('rating input'), [choices(...marks(0, 10))]);
    assert.deepEqual(
      shown('rating input', {
        options: { startsAt: 1, length: 5, labels: { left: 'Bad', right: 'Very good' } },
      }),
      [plain('1 – Bad\n5 – Very good'), choices(...marks(1, 5))],
    );
    assert.deepEqual(shown('rating input', { options: { startsAt: 0, length: 5, buttonType: 'Icons' } }), [
      choices(...marks(1, 5)),
    ]);
    assert.deepEqual(shown('rating input', { options: { length: 1e9 } }), [
      plain('A number from 0 to 1000000000.'),
    ]);
  });

  it('is pictures with their titles, then the choices', () => {
    const items = [
      { id: '0', title: 'Tea', description: 'Hot', pictureSrc: 'https://x.example/p/tea%20green.png?s=1' },
      { id: '1', title: '', pictureSrc: 'https://x.example/coffee.jpg' },
      { id: '2', title: 'Milk', pictureSrc: 'https://x.example/milk.svg' },
      { id: '3', title: 'Water', pictureSrc: 'javascript:alert(1)', value: 'H2O' },
    ];
    assert.deepEqual(shown('picture choice input', { items }, 'ru'), [
      {
        type: 'file',
        name: 'tea green.png',
        mime: 'image/png',
        url: 'https://x.example/p/tea%20green.png?s=1',
      },
      plain('Tea\nHot'),
      { type: 'file', name: 'coffee.jpg', mime: 'image/jpeg', url: 'https://x.example/coffee.jpg' },
      plain('Milk'),
      plain('Water'),
      choices(
        { id: '0', label: 'Tea' },
        { id: '1', label: 'Вариант 2' },
        { id: '2', label: 'Milk' },
        { id: '3', label: 'Water', value: 'H2O' },
      ),
    ]);
  });

  it('is a list where there are many pictures', () => {
    const items = Array.from({ length: 6 }, (_unused, index) => ({
      id: String(index),
      title: index === 0 ? '' : `T${index}`,
      description: index === 1 ? 'about\nit' : '',
      pictureSrc: `https://x.example/${index}.png`,
    }));
    assert.deepEqual(shown('picture choice input', { items }), [
      plain('https://x.example/0.png\nT1 – about it'),
      choices(
        { id: '0', label: 'Option 1' },
        ...[1, 2, 3, 4, 5].map((number) => ({ id: String(number), label: `T${number}` })),
      ),
    ]);
  });

  it('is cards, whose buttons tell which card they are of', () => {
    const card = (id: string, title: string | null, ...texts: string[]) => ({
      id,
      title,
      description: `About ${id}`,
      imageUrl: `https://x.example/${id}.png`,
      paths: texts.map((text, index) => ({ id: `${id}-${index}`, text })),
    });
    const picture = (id: string) => ({
      type: 'file',
      name: `${id}.png`,
      mime: 'image/png',
      url: `https://x.example/${id}.png`,
    });
    assert.deepEqual(
      shown('cards', { items: [card('a', 'Kettle', 'Buy', 'More'), card('b', 'Cup', 'buy', '')] }),
      [
        picture('a'),
        plain('Kettle\nAbout a'),
        picture('b'),
        plain('Cup\nAbout b'),
        choices(
          { id: 'a-0', label: 'Kettle: Buy' },
          { id: 'a-1', label: 'Kettle: More' },
          { id: 'b-0', label: 'Cup: buy' },
          { id: 'b-1', label: 'Cup' },
        ),
      ],
    );
    const clear = [
      card('a', 'Kettle', 'Buy a kettle'),
      card('b', null, 'Buy a cup'),
      card('c', 'No buttons'),
    ];
    assert.deepEqual(shown('cards', { items: clear }).at(-1), {
      ...choices(
        { id: 'a-0', label: 'Buy a kettle' },
        { id: 'b-0', label: 'Buy a cup' },
        { id: 'c', label: 'No buttons' },
      ),
    });
    const untitled = [card('a', '', 'Buy'), card('b', null, 'Buy')];
    assert.deepEqual(shown('cards', { items: untitled }, 'ru').at(-1), {
      ...choices({ id: 'a-0', label: 'Вариант 1: Buy' }, { id: 'b-0', label: 'Вариант 2: Buy' }),
    });
  });

  it('lets one go on without a file where the bot does', () => {
    assert.deepEqual(shown('file input', { options: { isRequired: false } }, 'ru'), [
      plain('Пришлите, пожалуйста, файл.'),
      choices({ id: 'skip', label: 'Пропустить' }),
    ]);
    const options = { isRequired: false, isMultipleAllowed: true, labels: { skip: 'Not now' } };
    assert.deepEqual(shown('file input', { options })[1], choices({ id: 'skip', label: 'Not now' }));
  });

  it('says that a payment cannot be made, and offers nothing', () => {
    assert.deepEqual(shown('payment input', { runtimeOptions: { amountLabel: '$30.00' } }), [
      plain('To be paid: $30.00. Payments cannot be made in this chat.'),
    ]);
    assert.deepEqual(shown('payment input', {}, 'ru'), [plain('Оплатить прямо в этом чате нельзя.')]);
  });
});

describe('what one is told when an answer is not sent', () => {
  it('says what is wanted', () => {
    const input = question('file input', {
      options: { allowedFileTypes: { isEnabled: true, types: ['.pdf'] } },
    });
    assert.equal(
      askAgainText('file-type', input, 'ru'),
      'Файл такого типа здесь не подойдёт. Подойдут: .pdf.',
    );
    assert.equal(askAgainText('file-type', undefined, 'en'), 'A file of this kind cannot be taken here.');
    const number = question('number input', { options: { min: 0 } });
    assert.equal(
      askAgainText('number-range', number, 'en'),
      'This number cannot be taken here. A number, 0 or more.',
    );
    const rating = question('rating input', { options: { startsAt: 1, length: 5 } });
    assert.equal(
      askAgainText('number-range', rating, 'ru'),
      'Такое число здесь не подойдёт. Число от 1 до 5.',
    );
    const payment = question('payment input', { runtimeOptions: { amountLabel: '30 €' } });
    assert.equal(
      askAgainText('payment', payment, 'ru'),
      'К оплате: 30 €. Оплатить прямо в этом чате нельзя.',
    );
  });

  it('says something else for each reason, in both languages', () => {
    const reasons = [
      'empty',
      'payment',
      'choice-expected',
      'text-expected',
      'file-expected',
      'file-type',
      'number-range',
    ] as const;
    const texts = ['en', 'ru'].flatMap((language) =>
      reasons.map((why) => askAgainText(why, undefined, language)),
    );
    assert.equal(new Set(texts).size, reasons.length * 2);
    assert.ok(texts.every((text) => /[.!?]$/.test(text)));
  });
});
