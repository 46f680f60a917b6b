import assert from 'node:assert/strict';
import { cutToBytes } from '../../../lib/speechsense/cut-to-bytes';
import { fitFields } from '../../../lib/speechsense/talk-fields';

const good = {
  operator_name: 'Anna',
  operator_id: 103,
  client_name: 'John',
  client_id: '587',
  date: '2026-03-10T10:19:38Z',
  direction_outgoing: 'true',
  language: 'ru-RU',
};
const audio = { kind: 'audio' as const };

describe('metadata of a talk', () => {
  it('goes as texts, without what is empty', () => {
    const { fields, notes } = fitFields(
      { ...good, cost: 1.5, vote: null, comment: undefined, tag: '', big: 12n, tree: { a: [1] }, done: true },
      audio,
    );
    assert.deepEqual(fields, {
      ...good,
      operator_id: '103',
      date: '2026-03-10T10:19:38.000Z',
      cost: '1.5',
      big: '12',
      tree: '{"a":[1]}',
      done: 'true',
    });
    assert.deepEqual(notes, []);
  });

  const dates: Readonly<Record<string, unknown>> = {
    '2026-03-10T10:19:38.000Z': '2026-03-10T13:19:38+03:00',
    '2026-03-10T10:19:38.120Z': '2026-03-10T10:19:38.12',
    '2026-03-10T00:00:00.000Z': '2026-03-10',
    '2026-03-10T10:19:00.000Z': '2026-03-10 10:19',
    '2026-03-10T10:19:38.001Z': Date.UTC(2026, 2, 10, 10, 19, 38, 1),
    '2026-03-10T10:19:38.002Z': new Date(Date.UTC(2026, 2, 10, 10, 19, 38, 2)),
  };
  for (const [expected, date] of Object.entries(dates)) {
    it(`has ${String(date)} as ${expected}`, () => {
      assert.equal(fitFields({ ...good, date }, audio).fields['date'], expected);
    });
  }

  const languages: Readonly<Record<string, unknown>> = {
    'ru-RU': 'RU-ru',
    'ru-RU, kk-KZ': ' ru-ru,KK-kz, ru-RU',
    'kk-KZ': ['kk-kz'],
  };
  for (const [expected, language] of Object.entries(languages)) {
    it(`has the language ${String(language)} as ${expected}`, () => {
      assert.equal(fitFields({ ...good, language }, audio).fields['language'], expected);
    });
  }

  it('takes the language of the connection when it names none', () => {
    const silent = { ...good, language: undefined };
    assert.equal(fitFields(silent, { ...audio, language: 'kk-KZ' }).fields['language'], 'kk-KZ');
  });

  const wrong: Readonly<Record<string, unknown>> = {
    date: '31.12.2026',
    'date ': '2026-02-31T00:00:00Z',
    direction_outgoing: 1,
    language: 'russian',
    cost: Number.NaN,
    when: new Date(Number.NaN),
    'a key with spaces': 'a',
  };
  for (const [key, value] of Object.entries(wrong)) {
    it(`is refused with ${key} = ${String(value)}`, () => {
      assert.throws(() => fitFields({ ...good, [key]: value }, audio), { code: 'SPEECHSENSE_FIELD' });
    });
  }

  for (const [key, field] of [
    ['client name', '"client name"'],
    ['имя клиента 2', '"имя клиента 2"'],
    ['https://portal.example/?auth=5', '#8'],
    ['a'.repeat(129), '#8'],
    ['', '#8'],
  ] as const) {
    it(`says that ${field} is no key`, () => {
      assert.throws(() => fitFields({ ...good, [key]: 'a' }, audio), {
        code: 'SPEECHSENSE_FIELD',
        params: { field, expected: 'a key of letters, digits, dots, hyphens and underscores' },
      });
    });
  }

  it('is refused with a day that does not exist, and with more keys than there may be', () => {
    assert.throws(() => fitFields({ ...good, date: '2026-02-31T00:00:00Z' }, audio), {
      code: 'SPEECHSENSE_FIELD',
    });
    const many = Object.fromEntries(Array.from({ length: 194 }, (_, at) => [`k${at}`, 'v']));
    assert.throws(() => fitFields({ ...good, ...many }, audio), { code: 'SPEECHSENSE_FIELD' });
    const fewer = { ...good, ...many, k0: undefined };
    assert.equal(Object.keys(fitFields(fewer, audio).fields).length, 200);
  });

  it('names every key that is missing', () => {
    const given = { ...good, operator_name: ' ', client_id: null };
    assert.throws(() => fitFields(given, audio), {
      code: 'SPEECHSENSE_FIELD_MISSING',
      params: { fields: 'operator_name, client_id' },
    });
    assert.throws(() => fitFields(good, { kind: 'chat' }), { params: { fields: 'bot_name, bot_id' } });
  });

  it('is cut by bytes, on a character, and says so', () => {
    const comment = 'ы'.repeat(600);
    const { fields, notes } = fitFields({ ...good, comment }, audio);
    assert.equal(fields['comment'], 'ы'.repeat(512));
    assert.deepEqual(notes, [{ key: 'comment', what: 'cut', bytes: 1200 }]);
  });

  it('leaves out an address or a JSON text that would be cut', () => {
    const call_record_url = `https://example.com/${'a'.repeat(1100)}`;
    const { fields, notes } = fitFields({ ...good, call_record_url, tree: ['b'.repeat(1100)] }, audio);
    assert.equal(fields['call_record_url'], undefined);
    assert.equal(fields['tree'], undefined);
    assert.deepEqual(
      notes.map(({ key, what }) => [key, what]),
      [
        ['call_record_url', 'left-out'],
        ['tree', 'left-out'],
      ],
    );
  });

  for (const start of ['[b]Important[/b]', '[1] ', '{name}, ', 'https://example.com/a is where ']) {
    it(`cuts a comment that begins with ${start}`, () => {
      const comment = start + 'word '.repeat(300);
      const { fields, notes } = fitFields({ ...good, comment }, audio);
      assert.equal(fields['comment'], comment.slice(0, 1024));
      assert.deepEqual(notes, [{ key: 'comment', what: 'cut', bytes: comment.length }]);
    });
  }

  it('leaves out a JSON text among blanks', () => {
    const comment = ` ${JSON.stringify({ a: 'b'.repeat(1100) })} `;
    assert.deepEqual(fitFields({ ...good, comment }, audio).notes, [
      { key: 'comment', what: 'left-out', bytes: comment.length },
    ]);
  });

  it('never cuts a character in two, at any length', () => {
    const text = 'aы👨‍👩‍👧é👍🏽z'.repeat(3);
    for (let most = 0; most <= Buffer.byteLength(text); most += 1) {
      const cut = cutToBytes(text, most);
      assert.ok(Buffer.byteLength(cut) <= most);
      assert.ok(text.startsWith(cut) && cut.isWellFormed());
    }
    assert.equal(cutToBytes('a👨‍👩‍👧', 5), 'a');
  });
});
