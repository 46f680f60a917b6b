import assert from 'node:assert/strict';
import { at, itemId, retry, seen, servers, talkTo, type JsonAnswer, type Talk } from './support';

const start = servers();

async function begun(bot: string, body = {}): Promise<{ talk: Talk; first: JsonAnswer }> {
  const talk = talkTo(await start(), bot);
  return { talk, first: await talk.start(body) };
}

const chosen = (topic: string): string => `You chose ${topic}. | How many? | ? choice input`;

describe('sandbox typebot: choices', () => {
  it('come with ids, and some with a value or a way of their own', async () => {
    const { first } = await begun('choice');
    assert.deepEqual(
      [1, 2, 3].map((index) => at(first.json, 'input', 'items', index)),
      [
        { id: itemId(first, 1), content: 'Support' },
        { id: itemId(first, 2), content: 'Something else', value: 'other' },
        { id: itemId(first, 3), value: 'unnamed' },
      ],
    );
    const { first: other } = await begun('choice-by-way');
    assert.equal(typeof at(other.json, 'input', 'items', 0, 'outgoingEdgeId'), 'string');
  });

  it('are taken by id, by reply id, by content and by value', async () => {
    const { talk, first } = await begun('choice');
    assert.equal(seen(await talk.say(itemId(first, 0))), chosen('Sales'));
    await talk.start();
    const replyId = itemId(first, 1);
    assert.equal(
      seen(await talk.say({ type: 'text', text: 'whatever', metadata: { replyId } })),
      chosen('Support'),
    );
    await talk.start();
    assert.equal(seen(await talk.say('  Sales ')), chosen('Sales'));
    await talk.start();
    assert.equal(seen(await talk.say('Something else')), chosen('other'));
    await talk.start();
    assert.equal(seen(await talk.say('other')), chosen('other'));
  });

  it('are refused in another case, by number, and in a sentence', async () => {
    const { talk, first } = await begun('choice');
    for (const wrong of ['sales', '1', 'Sales please', '', null]) {
      const answer = await talk.say(wrong);
      assert.equal(seen(answer), `${retry} | ? choice input`);
      assert.deepEqual(at(answer.json, 'input'), at(first.json, 'input'));
      assert.equal(at(answer.json, 'messages', 0, 'id'), at(first.json, 'input', 'id'));
    }
    assert.equal(seen(await talk.say('Sales')), chosen('Sales'));
  });

  it('know no reply ids on an old server', async () => {
    const talk = talkTo(await start({ knowsReplyIds: false }), 'choice');
    const replyId = itemId(await talk.start(), 1);
    assert.equal(
      seen(await talk.say({ type: 'text', text: 'x', metadata: { replyId } })),
      `${retry} | ? choice input`,
    );
    assert.equal(
      seen(await talk.say({ type: 'text', text: 'Support', metadata: { replyId } })),
      chosen('Support'),
    );
  });

  it('lead where they lead', async () => {
    const typebot = await start();
    const { after } = talkTo(typebot, 'choice-by-way');
    assert.equal(await after('Left'), 'You went left. | ? text input');
    assert.equal(await after('Straight on'), 'Ahead. | ? text input');
    assert.equal(
      await talkTo(typebot, 'branches').after('Sales'),
      'You speak to sales. | Anything else? | ? text input',
    );
    assert.match(await talkTo(typebot, 'branches').after('Support'), /^You speak to support/);
  });

  it('use the sentence of the designer', async () => {
    const typebot = await start();
    assert.equal(
      await talkTo(typebot, 'own-sentence').after('x'),
      'Please use the buttons. | ? choice input',
    );
  });

  it('can be several, by text in any case, by number and by id', async () => {
    const { talk, first } = await begun('multiple-choice');
    const several = {
      'apples and PEARS': 'Apples, Pears',
      'sweet cherries, apples': 'Apples, Sweet cherries',
      '1 3': 'Apples, Sweet cherries',
      '2': 'Pears',
      [`${itemId(first, 2)}, ${itemId(first, 0)}`]: 'Apples, Sweet cherries',
      'Apples;2': 'Apples, Pears',
    };
    for (const [said, stored] of Object.entries(several)) {
      await talk.start();
      const answer = await talk.say(said);
      assert.match(seen(answer), new RegExp(`^Stored: ${stored} \\|`));
      assert.equal(at(answer.json, 'lastMessageNewFormat'), stored);
    }
    await talk.start();
    for (const wrong of ['cherries', 'pineapples', '4', '12'])
      assert.equal(seen(await talk.say(wrong)), `${retry} | ? choice input`);
  });

  it('can come from a list, with ids that repeat', async () => {
    const prefilledVariables = { CITIES: ['Rome', 'Oslo', 'Rome'], DAYS: ['Monday', 'Friday'] };
    const { talk, first } = await begun('dynamic-choice', { prefilledVariables });
    const inputId = at(first.json, 'input', 'id');
    assert.deepEqual(at(first.json, 'input', 'items'), [
      { id: 'choice0', blockId: inputId, content: 'Rome' },
      { id: 'choice1', blockId: inputId, content: 'Oslo' },
    ]);
    const second = await talk.say('choice1');
    assert.equal(itemId(second, 1), 'choice1');
    assert.notEqual(at(second.json, 'input', 'id'), inputId);
    assert.equal(seen(await talk.say('choice1')), 'Oslo on Friday. | ? text input');
  });

  it('can be pictures, with or without title', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'picture-choice');
    const first = await talk.start();
    const address = String(at(first.json, 'input', 'items', 2, 'pictureSrc'));
    assert.equal(address, `${typebot.origin}/samples/drawing.svg`);
    assert.equal((await fetch(address)).headers.get('content-type'), 'image/svg+xml');
    for (const [said, stored] of [
      ['Red', 'red'],
      ['red', 'red'],
      ['Blue', 'Blue'],
      [address, address],
      [itemId(first, 1), 'Blue'],
    ] as const) {
      assert.equal(await talk.after(said), `Stored: ${stored} | Anything else? | ? text input`);
    }
    assert.equal(await talk.after('blue'), `${retry} | ? picture choice input`);
    assert.match(await talkTo(typebot, 'picture-choices').after('blue and 1'), /^Stored: red, Blue \|/);
  });

  it('can be cards, taken by the id of a button or by the title', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'cards');
    const first = await talk.start();
    assert.deepEqual(at(first.json, 'input', 'items', 0, 'options'), { internalValue: 'plan-1' });
    assert.equal(seen(await talk.say(itemId(first, 0, 1))), 'More about Basic. | ? text input');
    const { variables } = typebot.sessionOf('cards').state;
    assert.deepEqual([variables['ACTION'], variables['PLAN_ID']], ['Tell me more', 'plan-1']);
    await talk.start();
    const reply = { type: 'text', text: 'Buy', metadata: { replyId: itemId(first, 1, 0) } };
    assert.equal(seen(await talk.say(reply)), 'Team is yours. | ? text input');
    assert.equal(await talk.after('team'), 'Team is yours. | ? text input');
    assert.equal(await talk.after('Buy'), `${retry} | ? cards`);
    assert.equal(await talk.after(itemId(first, 0)), `${retry} | ? cards`);
  });
});
