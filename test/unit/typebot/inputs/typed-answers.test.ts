import assert from 'node:assert/strict';
import { again, click, file, question, say, sent } from './questions';

type Row = [text: string, toBot: string];

async function expectSent(
  type: string,
  options: Record<string, unknown>,
  rows: readonly Row[],
): Promise<void> {
  for (const [text, toBot] of rows) {
    assert.deepEqual(
      await say(question(type, { options }), text),
      sent(toBot),
      `${type} ${JSON.stringify(options)}: ${text}`,
    );
  }
}

const unchanged = (...texts: readonly string[]): Row[] => texts.map((text) => [text, text]);

describe('a typed number', () => {
  it('is written plainly where it can be meant in one way only', () =>
    expectSent('number input', {}, [
      ['4,5', '4.5'],
      ['0,5', '0.5'],
      ['10 000', '10000'],
      ['10\u00A0000,50', '10000.50'],
      ['1.234,56', '1234.56'],
      ['1,234.56', '1234.56'],
      ['1,000,000', '1000000'],
      ['−5', '-5'],
      ['$ 1 500', '1500'],
      ['100 руб.', '100'],
      ['5 stars', '5'],
      ['5 тыс.', '5000'],
      ['2,5 млн', '2500000'],
      ['5k', '5000'],
      ['5 км', '5'],
      ['007', '007'],
      [' 42 ', '42'],
      ['４２', '42'],
    ]));

  it('is left to the server otherwise', () =>
    expectSent(
      'number input',
      {},
      unchanged('5 или 6', 'about 5', 'five', '5-6', '1 2', '12.03.2027', '1,23,4'),
    ));

  // Trap 19: a limit of 0 is none for the server.
  it('keeps a limit of 0', async () => {
    const positive = question('number input', { options: { min: 0, max: 10 } });
    for (const text of ['-1', '−0,5', '-10 000'])
      assert.deepEqual(await say(positive, text), again('number-range'), text);
    assert.deepEqual(await say(positive, '0'), sent('0'));
    assert.deepEqual(await say(positive, '11'), sent('11'));
    const negative = question('number input', { options: { max: '0' } });
    assert.deepEqual(await say(negative, '0.1'), again('number-range'));
    assert.deepEqual(await say(negative, 'many'), sent('many'));
    assert.deepEqual(await say(negative, ' '), again('empty'));
    assert.deepEqual(await say(negative, '', { files: [file('a.png')] }), again('text-expected'));
  });
});

describe('a rating', () => {
  const five = { startsAt: 1, length: 5 };

  it('is a mark, however it was said', () =>
    expectSent('rating input', five, [
      ['5', '5'],
      ['5!', '5'],
      ['4,5', '4.5'],
      ['5 stars', '5'],
      ['4 звезды', '4'],
      ['3 балла', '3'],
      ['5 из 5', '5'],
      ['4/5', '4'],
      ['⭐⭐⭐', '3'],
      ['⭐️ ⭐️', '2'],
      ['6', '6'],
      ...unchanged('9/10', 'good', 'between 4 and 5', '☆'),
    ]));

  it('is the button that was clicked', async () => {
    assert.deepEqual(await click(question('rating input', { options: five }), ['5']), sent('5'));
    assert.deepEqual(await click(question('rating input'), ['10']), sent('10'));
  });

  // Trap 19: the server has no lower end, and takes nothing for 0.
  it('is not below the scale', async () => {
    const input = question('rating input', { options: five });
    for (const text of ['0', '-1', '0 stars', '-Infinity', '0x0'])
      assert.deepEqual(await say(input, text), again('number-range'), text);
    for (const text of ['', '  ', '\n']) assert.deepEqual(await say(input, text), again('empty'));
    assert.deepEqual(await say(question('rating input'), '0'), sent('0'));
    assert.deepEqual(await say(question('rating input'), '-1'), again('number-range'));
  });
});

// Trap 14: the server knows English words only.
describe('a typed time', () => {
  it('is written as the server reads it', () =>
    expectSent('time input', {}, [
      ['14.30', '14:30'],
      ['14:30', '14:30'],
      ['9:05', '09:05'],
      ['в 14.30', '14:30'],
      ['14-30', '14:30'],
      ['14 30', '14:30'],
      ['1430', '14:30'],
      ['14ч30', '14:30'],
      ['14 ч 5 мин', '14:05'],
      ['9 утра', '09:00'],
      ['9:30 вечера', '21:30'],
      ['2 часа дня', '14:00'],
      ['12 ночи', '00:00'],
      ['12 дня', '12:00'],
      ['9 часов', '09:00'],
      ['Полдень', '12:00'],
      ['15', '15:00'],
      ['09', '09:00'],
    ]));

  it('is left to the server otherwise', () =>
    expectSent(
      'time input',
      {},
      unchanged('9', '2pm', 'noon', '25:00', '14:75', '10-12', '7 дня', '12 вечера', 'скоро', '14:30:15'),
    ));
});

describe('a typed phone number', () => {
  it('gets the + that it lacks', () =>
    expectSent('phone number input', {}, [
      ['79123456789', '+79123456789'],
      ['7 (912) 345-67-89', '+79123456789'],
      ['8 912 345-67-89', '+79123456789'],
      ['8‑912‑345‑67‑89', '+79123456789'],
      ['мой: 89123456789', '+79123456789'],
      ['49 151 12345678', '+4915112345678'],
      ['0049 151 12345678', '+4915112345678'],
    ]));

  it('stays as it is where it has one, or could be of several countries', () =>
    expectSent(
      'phone number input',
      {},
      unchanged(
        '+7 912 345-67-89',
        '912 345-67-89',
        '8 495 123-45-67',
        '07911 123456',
        'no',
        '89123456789 или 89123456780',
        '1'.repeat(20),
      ),
    ));

  it('is read in the country of the bot', async () => {
    await expectSent('phone number input', { defaultCountryCode: 'RU' }, [
      ['8 495 123-45-67', '+74951234567'],
      ['79123456789', '+79123456789'],
      ['9123456789', '9123456789'],
      ['4915112345678', '4915112345678'],
    ]);
    await expectSent(
      'phone number input',
      { defaultCountryCode: 'FR' },
      unchanged('8 912 345-67-89', '33612345678'),
    );
  });
});

describe('a typed address', () => {
  it('is an e-mail address and nothing around it', () =>
    expectSent('email input', {}, [
      [' Name.Last+tag@Example.co.uk ', 'Name.Last+tag@Example.co.uk'],
      ['моя почта: a@b.ru.', 'a@b.ru'],
      ['mailto:a@b.ru', 'a@b.ru'],
      ['<a@b.ru>', 'a@b.ru'],
      ['a@b.ru\u200B', 'a@b.ru'],
      ['a@b.ru или c@d.ru', 'a@b.ru или c@d.ru'],
      ['нет', 'нет'],
    ]));

  it('is a web address', () =>
    expectSent('url input', {}, [
      [' example.com ', 'example.com'],
      ['https://a.example/x?y=1', 'https://a.example/x?y=1'],
      ['my site is https://a.example/x.', 'https://a.example/x'],
      ['https://a.example and https://b.example', 'https://a.example and https://b.example'],
    ]));
});

describe('a text', () => {
  it('goes to the bot as it is', async () => {
    for (const type of ['text input', 'signature input']) {
      for (const text of [' hello\nworld ', '1', '/start'])
        assert.deepEqual(await say(question(type), text), sent(text));
      assert.deepEqual(await say(question(type), ''), again('empty'));
    }
    assert.deepEqual(await say(undefined, 'hello'), sent('hello'));
    assert.deepEqual(await say(undefined, ' '), again('empty'));
    assert.deepEqual(await say(undefined, '', { files: [file('a.png')] }), again('text-expected'));
  });

  // Trap 12: any text would count as paid. Trap 10: so would be asked again by nothing at all.
  it('never pays', async () => {
    const input = question('payment input', { runtimeOptions: { amountLabel: '$1' } });
    for (const text of ['', 'paid', 'Success', '1', 'fail', 'skip', '/pay']) {
      assert.deepEqual(await say(input, text), again('payment'), text);
      assert.deepEqual(await click(input, ['skip', '1'], text), again('payment'), text);
      assert.deepEqual(await say(input, text, { files: [file('a.png')] }), again('payment'), text);
    }
  });
});
