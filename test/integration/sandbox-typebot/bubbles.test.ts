import assert from 'node:assert/strict';
import { textOf } from '../../../sandbox/shared/params';
import { toMarkdown } from '../../../sandbox/typebot/rich-markdown';
import { at, listAt, seen, servers, talkTo } from './support';

const start = servers();
const leaf = (text: string, marks: object = {}): object => ({ text, ...marks });
const item = (...children: object[]): object => ({ type: 'li', children });
const words = (text: string): object => ({ type: 'lic', children: [leaf(text)] });

describe('sandbox typebot: bubbles', () => {
  it('come with every kind of address', async () => {
    const typebot = await start();
    const { json } = await talkTo(typebot, 'every-bubble').start();
    const told = listAt(json, 'messages').map((bubble) => {
      const content = at(bubble, 'content');
      return [at(bubble, 'type'), at(content, 'type'), at(content, 'id')]
        .flatMap((one) => textOf(one) ?? [])
        .join(' ');
    });
    assert.deepEqual(told, [
      'text richText',
      ...['image', 'image', 'image'],
      ...['video url', 'video youtube abc-DEF_123', 'video vimeo 76979871'],
      ...['video tiktok 7012345678901234567', 'video gumlet 64bfb0913ed6e5096d66dc1e'],
      ...['audio', 'embed', 'embed', 'text richText'],
    ]);
    assert.deepEqual(at(json, 'messages', 1, 'content', 'clickLink'), {
      url: 'https://example.com/more',
      alt: 'More',
    });
    const sound = await fetch(String(at(json, 'messages', 9, 'content', 'url')));
    assert.equal(sound.headers.get('content-type'), 'audio/wav');
    assert.equal((await sound.arrayBuffer()).byteLength, 8044);
  });

  it('have rich text with everything filled in', async () => {
    const prefilledVariables = { FIRST_NAME: 'Ada', LINK: 'https://example.com' };
    const { json } = await talkTo(await start(), 'rich-text').start({ prefilledVariables });
    const rich = at(json, 'messages', 0, 'content', 'richText');
    assert.deepEqual(at(rich, 0, 'children'), [
      leaf('Hi '),
      leaf('Ada', { bold: true }),
      leaf(', '),
      leaf('welcome', { bold: true, italic: true }),
    ]);
    assert.deepEqual(at(rich, 1), { type: 'p', children: [leaf('')] });
    const inner = { type: 'ol', children: [item(words('Inner one')), item(words('Inner two'))] };
    assert.deepEqual(at(rich, 3), { type: 'ul', children: [item(words('One'), inner), item(words('Two'))] });
    assert.deepEqual(at(rich, 4, 'children', 1), {
      type: 'a',
      url: 'https://example.com',
      children: [leaf('our site')],
    });
  });

  it('have markdown where it is asked for, in this call only', async () => {
    const prefilledVariables = { FIRST_NAME: 'Ada', LINK: 'https://example.com' };
    const talk = talkTo(await start(), 'rich-text');
    const { json } = await talk.start({ prefilledVariables, textBubbleContentFormat: 'markdown' });
    assert.deepEqual(at(json, 'messages', 0, 'content'), {
      type: 'markdown',
      markdown: [
        'Hi **Ada**, **_welcome_**',
        '',
        '~~was 5~~ now <u>4</u>',
        '* One',
        '  1. Inner one',
        '  2. Inner two',
        '* Two',
        'See [our site](https://example.com).',
        '`npm start`',
      ].join('\n'),
    });
    assert.equal(
      at(json, 'messages', 1, 'content', 'markdown'),
      '## Prices\n\n> As of today\n\n```\nlet a = 1;\n```\nbefore inside\nWhatever this is',
    );
    const choice = talkTo(await start(), 'choice');
    await choice.start({ textBubbleContentFormat: 'markdown' });
    assert.equal(at((await choice.say('x')).json, 'messages', 0, 'content', 'type'), 'richText');
    const again = await choice.say('x', { textBubbleContentFormat: 'markdown' });
    assert.equal(at(again.json, 'messages', 0, 'content', 'markdown'), 'Invalid message. Please, try again.');
  });

  it('write two lists apart, and links without a text as their address', () => {
    const list = (type: string): { type: string; children: never[] } => ({ type, children: [] });
    assert.equal(toMarkdown([list('ul'), list('ol')]), '\n\n');
    assert.equal(
      toMarkdown([{ type: 'p', children: [{ type: 'a', url: 'https://a.b', children: [{ text: '' }] }] }]),
      'https://a.b',
    );
  });

  it('can be empty, or lack their address', async () => {
    const typebot = await start();
    const { json } = await talkTo(typebot, 'empty-bubbles').start();
    const contents = listAt(json, 'messages').map((bubble) => at(bubble, 'content', 'richText'));
    assert.deepEqual(contents.slice(0, 3), [[], [{ type: 'p', children: [leaf('')] }], []]);
    assert.equal(contents.length, 5);
    assert.equal(at(json, 'clientSideActions', 0, 'lastBubbleBlockId'), at(json, 'messages', 0, 'id'));
    const missing = await talkTo(typebot, 'missing-urls').start();
    assert.equal(
      seen(missing),
      '[image] | [video] | [audio] | [embed] | [image] | Anything else? | ? text input',
    );
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((index) => at(missing.json, 'messages', index, 'content')),
      [{}, {}, {}, {}, { url: '' }],
    );
  });

  it('can be of a type that nobody knows', async () => {
    assert.equal(
      await talkTo(await start(), 'unknown-bubble').after(),
      'Before | [hologram] | After | Anything else? | ? text input',
    );
  });

  it('can come with the troubles of an integration', async () => {
    const typebot = await start();
    const { json } = await talkTo(typebot, 'logs').start();
    assert.equal(at(json, 'logs', 0, 'description'), 'OpenAI API error');
    assert.equal(typebot.results[0]?.logs.length, 1);
  });
});
