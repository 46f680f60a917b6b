import assert from 'node:assert/strict';
import { PageRefused } from '../../../../lib/bitrix24/page/page-answer';
import { readWish } from '../../../../lib/bitrix24/page/page-request';

const save = { action: 'save', code: 'helper', revision: 'r' };

function problemOf(body: unknown): string {
  try {
    readWish(body);
    return 'none';
  } catch (thrown) {
    assert.ok(thrown instanceof PageRefused, String(thrown));
    const { key, command } = thrown.problem;
    return command === undefined ? key : `${key} ${command}`;
  }
}

describe('what the page asks for', () => {
  it('is read as it was meant', () => {
    assert.deepEqual(readWish({ action: 'list', isAdmin: true }), { action: 'list' });
    assert.deepEqual(readWish({ action: 'switch', code: 'helper', isOn: false }), {
      action: 'switch',
      code: 'helper',
      isOn: false,
    });
    assert.deepEqual(readWish({ ...save, action: 'discard' }), { ...save, action: 'discard' });
    const nothing = { name: undefined, picture: undefined, commands: undefined };
    assert.deepEqual(readWish(save), { ...save, ...nothing });
    const commands = [
      {
        name: ' /Preis ',
        titles: { de: ' Was  es\nkostet ', ru: '' },
        params: { de: ' ', ru: '' },
        common: true,
      },
    ];
    assert.deepEqual(readWish({ ...save, name: '  Anna\t\u202eLee ', commands }), {
      ...{ ...save, ...nothing, name: 'Anna Lee' },
      commands: [{ name: 'Preis', titles: { de: 'Was es kostet' }, params: {} }],
    });
  });

  it('is nothing when it is none of these', () => {
    const bodies: unknown[] = [
      ...[undefined, null, 7, 'list', [], {}, { action: 'drop', code: 'x', revision: 'y' }],
      ...[
        { action: 'switch', code: 'helper' },
        { action: 'switch', code: 'helper', isOn: 'false' },
      ],
      ...[
        { action: 'switch', isOn: true },
        { action: 'save', code: 'helper' },
        { ...save, revision: '' },
      ],
      ...[
        { ...save, name: 7 },
        { ...save, name: null },
        { ...save, picture: ['x'] },
        { ...save, commands: {} },
      ],
      ...[
        { ...save, commands: [null] },
        { ...save, commands: [{ name: ['x'], titles: {} }] },
      ],
      { ...save, commands: [{ name: 'x', titles: { en: { toString: 1 } } }] },
    ];
    for (const body of bodies) assert.equal(problemOf(body), 'malformed', JSON.stringify(body));
  });

  it('says what a person has to mend', () => {
    const one = { name: 'help', titles: { en: 'Help' }, params: {} };
    const languages = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${String.fromCharCode(97 + at)}`, 'x']));
    const cases: [object, string][] = [
      [{ name: ' \u2066 ' }, 'name-empty'],
      [{ name: 'я'.repeat(100) }, 'none'],
      [{ name: 'я'.repeat(101) }, 'name-long'],
      [{ picture: 'AAAA' }, 'picture-type'],
      [{ commands: Array.from({ length: 50 }, (_, at) => ({ ...one, name: `c${at}` })) }, 'none'],
      [{ commands: Array.from({ length: 51 }, (_, at) => ({ ...one, name: `c${at}` })) }, 'commands-many'],
      [{ commands: [one, { ...one, name: '/HELP' }] }, 'command-twice /HELP'],
      [{ commands: [{ ...one, name: '' }] }, 'command-name /'],
      [{ commands: [{ ...one, name: 'a b' }] }, 'command-name /a b'],
      [{ commands: [{ ...one, name: '<b>' }] }, 'command-name /<b>'],
      [{ commands: [{ ...one, name: 'x'.repeat(61) }] }, `command-name /${'x'.repeat(60)}`],
      [{ commands: [{ ...one, titles: { EN: 'x' } }] }, 'command-language /help'],
      [{ commands: [{ ...one, titles: { __proto__x: 'x' } }] }, 'command-language /help'],
      [{ commands: [{ ...one, titles: languages(20) }] }, 'none'],
      [{ commands: [{ ...one, titles: languages(21) }] }, 'command-language /help'],
      [{ commands: [{ ...one, params: { ru: 'тема' } }] }, 'command-title /help'],
      [{ commands: [{ ...one, titles: { en: 'x'.repeat(201) } }] }, 'command-long /help'],
    ];
    for (const [edit, problem] of cases) assert.equal(problemOf({ ...save, ...edit }), problem);
  });
});
