import assert from 'node:assert/strict';
import { cleanIncoming } from '../../../../lib/bitrix24/text/incoming';
import { bbToPlain } from '../../../../lib/bitrix24/text/plain';
import { seededRandom } from '../../core/random';
import { hostileText } from './hostile-text';
import { assertHarmless } from './portal-reading';

describe('bbToPlain', () => {
  const examples: [string, string][] = [
    ['[b]a[/b] [I]b[/I] [size=20]c[/size] [color=#f00]d[/color]', 'a b c d'],
    ['[url=https://a.b/c]text[/url]', 'text (https://a.b/c)'],
    [
      '[url=https://a.b/]a.b[/url] [url=https://a.b]https://a.b[/url] [url]https://a.b[/url]',
      'https://a.b/ https://a.b https://a.b',
    ],
    ['[url=mailto:a@b.co]write[/url] [url=tel:+7900]+7900[/url]', 'write (a@b.co) +7900'],
    ['[url=https://a.b][b]bold[/b][/url]', 'bold (https://a.b)'],
    ['[code]x [0]\n  y[/code]', 'x [0]\n  y'],
    ['a[br]b', 'a\nb'],
    ['>>quote\n>>> deeper\na >> b', '> quote\n> > deeper\na >> b'],
    ['[user=5]Ann[/user] [chat=1]room[/chat] [send=/x]go[/send] [put]p[/put]', 'Ann room go p'],
    ['[call=+7900]call us[/call] [call=+7900]+7900[/call]', 'call us (+7900) +7900'],
    [
      '[img size=small]https://a.b/c.png [/img] [icon=https://a.b/c.png size=20 title=smile]',
      'https://a.b/c.png smile',
    ],
    ['[timestamp=0 format=X] [timestamp=999999999999][disk=7]', '1970-01-01 00:00 UTC '],
    ['[x] [1] arr[0] [b]open', '[x] [1] arr[0] [\u200Bb]open'],
  ];
  for (const [bb, plain] of examples) it(bb, () => assert.equal(bbToPlain(bb), plain));

  it('does not put a tag together that was none', () => {
    const random = seededRandom(41);
    for (let count = 0; count < 3_000; count += 1) {
      const plain = bbToPlain(hostileText(random));
      assert.deepEqual(assertHarmless(plain).marks, []);
    }
    assertHarmless(bbToPlain('[us[b]er=all]x[/b][/user]'));
  });
});

describe('cleanIncoming', () => {
  const dashes = '-'.repeat(54);
  const examples: [string, string][] = [
    ['[USER=5]Ann Lee[/USER], hello', 'Ann Lee, hello'],
    ['[USER=5 REPLACE]Ann[/USER] [CHAT=12]room[/CHAT]', 'Ann room'],
    ['[URL]https://a.b[/URL] [URL=https://a.b]text[/URL]', 'https://a.b text (https://a.b)'],
    ['[B]bold[/B] [i]it[/i] [CODE]x[0][/CODE]', 'bold it x[0]'],
    ['[icon=https://a.b/s.png size=20 title=:)] hi [DISK=77]', ':) hi'],
    ['[DISK=77]', ''],
    ['arr[i] = b[user] [x] [b] [1]', 'arr[i] = b[user] [x] [b] [1]'],
    [`${dashes}\nAnn [10:00]\nold text\n${dashes}\nmy answer`, '> Ann [10:00]\n> old text\nmy answer'],
    ['>>quoted\nanswer', '> quoted\nanswer'],
    [', where is my order?', 'where is my order?'],
    ['a\r\nb[BR]c\u0000', 'a\nb\nc'],
    ['[send=/x]go[/send] [call=+7900]call[/call]', 'go call (+7900)'],
    ['', ''],
  ];
  for (const [text, clean] of examples)
    it(JSON.stringify(text), () => assert.equal(cleanIncoming(text), clean));

  it('loses nothing after a single line of dashes', () => {
    assert.equal(cleanIncoming(`a\n${dashes}\nb`), 'a\nb');
  });
});
