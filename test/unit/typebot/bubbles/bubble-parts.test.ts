import assert from 'node:assert/strict';
import { renderParts } from '../../../../lib/bitrix24/text/render-parts';
import {
  bubbleParts,
  bubbleWaitsForEvent,
  type BubbleOptions,
  type UnshownBubble,
} from '../../../../lib/typebot/bubbles/bubble-parts';

const bubble = (type: string, content?: unknown) => ({ id: 'b1', type, content });
const text = (bb: string) => ({ type: 'text', text: bb, format: 'bbcode' });
const file = (name: string, url: string, mime?: string) => ({
  type: 'file',
  name,
  ...(mime !== undefined && { mime }),
  url,
});

function partsAndReports(content: unknown, options: BubbleOptions = {}) {
  const reports: UnshownBubble[] = [];
  const parts = bubbleParts(content, { ...options, report: (unshown) => reports.push(unshown) });
  return { parts, reports };
}

/** For each kind the content of a bubble, and its parts. */
type Example = [name: string, content: unknown, parts: unknown[]];

function describeKind(type: string, examples: readonly Example[]): void {
  describe(`a bubble of type ${type}`, () => {
    for (const [name, content, parts] of examples) {
      it(name, () => {
        const shown = partsAndReports(bubble(type, content));
        assert.deepEqual(shown, { parts, reports: [] });
      });
    }
    it('is nothing without content', () => {
      const missing: unknown[] = [
        undefined,
        null,
        {},
        'text',
        { url: '' },
        { url: '  ' },
        { url: null },
        { url: [] },
      ];
      for (const content of missing) {
        assert.deepEqual(partsAndReports(bubble(type, content)), { parts: [], reports: [] });
      }
      assert.deepEqual(partsAndReports({ type }), { parts: [], reports: [] });
    });
  });
}

describeKind('text', [
  [
    'rich text',
    { type: 'richText', richText: [{ type: 'p', children: [{ text: 'a', bold: true }] }] },
    [text('[b]a[/b]')],
  ],
  [
    'Markdown',
    { type: 'markdown', markdown: '**a**' },
    [{ type: 'text', text: '**a**', format: 'markdown' }],
  ],
  [
    'empty after its variables',
    { type: 'richText', richText: [{ type: 'p', children: [{ text: '' }] }] },
    [],
  ],
]);

const storage = 'https://s3.example.com/public/workspaces/w1/typebots/t1/blocks/abc123?v=1700000000';

describeKind('image', [
  ['a file', { url: 'https://a.b/cat.png' }, [file('cat.png', 'https://a.b/cat.png', 'image/png')]],
  ['a moving one', { url: 'https://a.b/cat.GIF#x' }, [file('cat.GIF', 'https://a.b/cat.GIF#x', 'image/gif')]],
  ["in Typebot's storage, without an ending", { url: storage }, [file('abc123.jpg', storage)]],
  [
    'made by a page',
    { url: 'https://a.b/chart.php?id=5' },
    [file('chart.jpg', 'https://a.b/chart.php?id=5')],
  ],
  ['at the root of a site', { url: 'https://a.b' }, [file('image.jpg', 'https://a.b/')]],
  [
    'with a name of other letters',
    { url: 'https://a.b/%D0%BA%D0%BE%D1%82%20%D0%BC.jpeg' },
    [file('кот м.jpeg', 'https://a.b/%D0%BA%D0%BE%D1%82%20%D0%BC.jpeg', 'image/jpeg')],
  ],
  [
    'with a name that means harm',
    { url: 'https://a.b/..%2F..%2F%E2%80%AEetc%00.png' },
    [file('etc.png', 'https://a.b/..%2F..%2F%E2%80%AEetc%00.png', 'image/png')],
  ],
  [
    'with a name too long, of which the end tells more',
    { url: `https://a.b/${'x'.repeat(300)}.png` },
    [file(`${'x'.repeat(116)}.png`, `https://a.b/${'x'.repeat(300)}.png`, 'image/png')],
  ],
  [
    'with a name that is no text',
    { url: 'https://a.b/%FF.png' },
    [file('%FF.png', 'https://a.b/%FF.png', 'image/png')],
  ],
  ['with blanks around', { url: ' https://a.b/c.png\n' }, [file('c.png', 'https://a.b/c.png', 'image/png')]],
  [
    'with a link behind it',
    { url: 'https://a.b/c.png', clickLink: { url: 'https://shop.example', alt: 'To the [b]shop' } },
    [
      file('c.png', 'https://a.b/c.png', 'image/png'),
      text('[url=https://shop.example]To the [\u200Bb]shop[/url]'),
    ],
  ],
  [
    'with a link without words',
    { url: 'https://a.b/c.png', clickLink: { url: 'https://shop.example' } },
    [file('c.png', 'https://a.b/c.png', 'image/png'), text('https://shop.example')],
  ],
  [
    'with a link that leads nowhere',
    { url: 'https://a.b/c.png', clickLink: { url: 'javascript:alert(1)', alt: 'x' } },
    [file('c.png', 'https://a.b/c.png', 'image/png')],
  ],
  [
    'with words for a link that is missing',
    { url: 'https://a.b/c.png', clickLink: { alt: 'x' } },
    [file('c.png', 'https://a.b/c.png', 'image/png')],
  ],
  ['a drawing, as a link', { url: 'https://a.b/logo.SVG?x=1' }, [text('https://a.b/logo.SVG?x=1')]],
  ['nothing but a link', { clickLink: { url: 'https://shop.example', alt: 'x' } }, []],
]);

describeKind('video', [
  [
    'a file',
    { type: 'url', url: 'https://a.b/film.mp4' },
    [file('film.mp4', 'https://a.b/film.mp4', 'video/mp4')],
  ],
  [
    'a file of a kind not told',
    { url: 'https://a.b/film.webm' },
    [file('film.webm', 'https://a.b/film.webm', 'video/webm')],
  ],
  [
    'a file without an ending',
    { type: 'url', url: 'https://a.b/v/77' },
    [file('77.mp4', 'https://a.b/v/77')],
  ],
  [
    'YouTube',
    { type: 'youtube', id: 'dQw4w9WgXcQ', url: 'https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=5' },
    [text('https://youtu.be/dQw4w9WgXcQ')],
  ],
  ['YouTube by its id', { type: 'youtube', id: 'dQw4w9WgXcQ' }, [text('https://youtu.be/dQw4w9WgXcQ')]],
  [
    'YouTube by its address',
    { type: 'youtube', url: 'https://youtube.com/shorts/x' },
    [text('https://youtube.com/shorts/x')],
  ],
  ['YouTube with an id that is none', { type: 'youtube', id: '../[user=all]' }, []],
  [
    'Vimeo',
    { type: 'vimeo', id: '76979871', url: 'https://vimeo.com/76979871' },
    [text('https://vimeo.com/76979871')],
  ],
  ['Vimeo by its id', { type: 'vimeo', id: 76979871 }, [text('https://player.vimeo.com/video/76979871')]],
  [
    'TikTok',
    { type: 'tiktok', id: '7', url: 'https://www.tiktok.com/@a/video/7' },
    [text('https://www.tiktok.com/@a/video/7')],
  ],
  ['TikTok by its id', { type: 'tiktok', id: '7' }, [text('https://www.tiktok.com/embed/v2/7')]],
  [
    'Gumlet',
    { type: 'gumlet', id: 'a1', url: 'https://play.gumlet.io/embed/a1' },
    [text('https://play.gumlet.io/embed/a1')],
  ],
  ['Gumlet by its id', { type: 'gumlet', id: 'a1' }, [text('https://play.gumlet.io/embed/a1')]],
  ['a platform without id and address', { type: 'vimeo' }, []],
  [
    'a page of a platform named as a file',
    { type: 'url', url: 'https://m.youtube.com/watch?v=x' },
    [text('https://m.youtube.com/watch?v=x')],
  ],
  [
    'a file of a platform',
    { type: 'url', url: 'https://video.gumlet.io/a/main.mp4' },
    [file('main.mp4', 'https://video.gumlet.io/a/main.mp4', 'video/mp4')],
  ],
  ['a stream', { type: 'url', url: 'https://a.b/live/index.m3u8' }, [text('https://a.b/live/index.m3u8')]],
]);

describeKind('audio', [
  [
    'a file',
    { url: 'https://a.b/voice.ogg', isAutoplayEnabled: true },
    [file('voice.ogg', 'https://a.b/voice.ogg', 'audio/ogg')],
  ],
  ['a file without an ending', { url: storage }, [file('abc123.mp3', storage)]],
]);

describeKind('embed', [
  ['a page', { url: 'https://a.b/form?x=[1]', height: 400 }, [text('https://a.b/form?x=%5B1%5D')]],
  [
    'a document',
    { url: 'https://a.b/price.PDF?v=2' },
    [file('price.PDF', 'https://a.b/price.PDF?v=2', 'application/pdf')],
  ],
  [
    'a page that shows a document',
    { url: 'https://a.b/view?doc=price.pdf' },
    [text('https://a.b/view?doc=price.pdf')],
  ],
  [
    'a page that the bot waits for',
    { url: 'https://a.b', waitForEvent: { isEnabled: true, name: 'done' } },
    [text('https://a.b')],
  ],
]);

describeKind('custom-embed', [
  [
    'a page',
    { url: 'https://a.b/x', initFunction: { args: {}, content: 'alert(1)' } },
    [text('https://a.b/x')],
  ],
  ['a script alone', { initFunction: { args: {}, content: 'alert(1)' } }, []],
]);

describe('a bubble that cannot be shown', () => {
  it('is reported by its type when that is unknown', () => {
    for (const [unknown, type] of [
      [bubble('hologram', { url: 'https://a.b' }), 'hologram'],
      [bubble('constructor'), 'constructor'],
      [bubble('x'.repeat(5_000)), 'x'.repeat(40)],
      ...[{}, null, undefined, 'text', 5, []].map((each) => [each, ''] as const),
    ] as const) {
      assert.deepEqual(partsAndReports(unknown), { parts: [], reports: [{ reason: 'unknown-type', type }] });
    }
  });

  it('is reported when nobody could open its address, which is not told', () => {
    for (const type of ['image', 'video', 'audio', 'embed', 'custom-embed']) {
      for (const url of ['javascript:alert(1)', 'cat.png', '/cat.png', 'ftp://a.b/c', 'file:///etc/passwd']) {
        const shown = partsAndReports(bubble(type, { url }));
        assert.deepEqual(
          shown,
          { parts: [], reports: [{ reason: 'unusable-address', type }] },
          `${type} ${url}`,
        );
      }
    }
  });

  it('keeps the link behind a picture that lies in its own address', () => {
    const content = {
      url: 'data:image/svg+xml,<svg/>',
      clickLink: { url: 'https://shop.example', alt: 'Shop' },
    };
    assert.deepEqual(partsAndReports(bubble('image', content)), {
      parts: [text('[url=https://shop.example]Shop[/url]')],
      reports: [{ reason: 'unusable-address', type: 'image' }],
    });
  });

  it('needs nobody to hear of it', () => assert.deepEqual(bubbleParts(bubble('hologram')), []));
});

describe('bubbles one after the other', () => {
  const say = (words: string) => bubble('text', { richText: [{ type: 'p', children: [{ text: words }] }] });

  it('stay apart and in order', () => {
    const bubbles = [
      say('one'),
      say(''),
      say('two'),
      bubble('image', { url: 'https://a.b/c.png' }),
      say('three'),
    ];
    const parts = bubbles.flatMap((each) => bubbleParts(each));
    assert.deepEqual(parts, [
      text('one'),
      text('two'),
      file('c.png', 'https://a.b/c.png', 'image/png'),
      text('three'),
    ]);
    const pieces = renderParts(parts, { channel: 'bitrix', botId: 1 });
    assert.deepEqual(pieces, [
      { kind: 'message', text: 'one\n\ntwo' },
      { kind: 'file', file: parts[2] },
      { kind: 'message', text: 'three' },
    ]);
  });

  it('read raw Markdown when they are asked to', () => {
    assert.deepEqual(bubbleParts(say('**a**')), [text('**a**')]);
    assert.deepEqual(bubbleParts(say('**a**'), { markdownInText: true }), [
      { type: 'text', text: '**a**', format: 'markdown' },
    ]);
  });
});

describe('bubbleWaitsForEvent', () => {
  const waitForEvent = { isEnabled: true, name: 'done' };
  const waiting: unknown[] = [
    bubble('embed', { url: 'https://a.b', waitForEvent }),
    bubble('embed', { waitForEvent }),
    bubble('custom-embed', { waitForEventFunction: { args: {}, content: 'x' } }),
    bubble('custom-embed', { url: 'https://a.b', waitForEventFunction: 'x' }),
    bubble('custom-embed', { url: 'https://a.b' }),
    bubble('custom-embed', { waitForEventFunction: null }),
  ];
  const going: unknown[] = [
    bubble('embed', { url: 'https://a.b' }),
    bubble('embed', { waitForEvent: { isEnabled: false } }),
    bubble('embed', { waitForEvent: { name: 'done' } }),
    bubble('embed', { waitForEvent: null, waitForEventFunction: {} }),
    bubble('text', { waitForEvent, waitForEventFunction: {} }),
    ...[bubble('embed'), {}, null, undefined, 'embed', 5],
  ];
  it('says so of those that wait', () =>
    waiting.forEach((each) => assert.equal(bubbleWaitsForEvent(each), true)));
  it('and of no other', () => going.forEach((each) => assert.equal(bubbleWaitsForEvent(each), false)));
});
