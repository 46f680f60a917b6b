import assert from 'node:assert/strict';
import { startTypebot } from '../../../sandbox/typebot';
import { at, itemId, seen, servers, talkTo, type JsonAnswer } from './support';

const start = servers();

describe('sandbox typebot: whole conversations', () => {
  it('go through every input', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'every-input');
    let answer = await talk.start({ prefilledVariables: { FIRST_NAME: 'Ada' } });
    const turns: [string, string | ((shown: JsonAnswer) => unknown)][] = [
      ['text input', 'Ada Lovelace'],
      ['number input', '3'],
      ['email input', 'Ada@example.com'],
      ['url input', 'example.com'],
      ['phone number input', '8 999 123-45-67'],
      ['date input', '31/12/2026'],
      ['time input', '7pm'],
      ['choice input', 'Inside'],
      ['choice input', 'tea, 3'],
      ['picture choice input', (shown) => itemId(shown, 0)],
      ['cards', (shown) => ({ type: 'text', text: 'Large', metadata: { replyId: itemId(shown, 1, 1) } })],
      ['rating input', '4'],
      ['file input', 'https://files.example.com/us.png'],
      ['payment input', 'paid'],
    ];
    for (const [input, reply] of turns) {
      assert.equal(at(answer.json, 'input', 'type'), input);
      answer = await talk.say(typeof reply === 'string' ? reply : reply(answer));
      assert.equal(answer.status, 200);
    }
    assert.equal(seen(answer), 'Paid. See you! | over');
    assert.deepEqual(typebot.results[0]?.variables, {
      FIRST_NAME: 'Ada',
      MESSAGE: null,
      NAME: 'Ada Lovelace',
      PEOPLE: '3',
      EMAIL: 'ada@example.com',
      SITE: 'example.com',
      PHONE: '+79991234567',
      DAY: '31/12/2026',
      TIME: '19:00',
      PLACE: 'Inside',
      DRINKS: 'Tea, Orange juice',
      TABLE: 'By the window',
      MENU: 'Large',
      MENU_NOTE: 'Without fish',
      RATING: '4',
      PHOTO: 'https://files.example.com/us.png',
      PAYMENT: 'paid',
    });
  });

  it('show a person what such a bot does', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'sandbox-bot');
    const first = await talk.start({ prefilledVariables: { FIRST_NAME: 'Ada' }, message: 'hello' });
    assert.equal(
      seen(first),
      'Hello, Ada!\n\nI am the bot of the Typebot sandbox. | What brings you here? | {wait} | ? choice input',
    );
    await talk.say({ type: 'command', command: 'help' });
    await talk.say('A question');
    await talk.say('What do you cost?');
    await talk.say('5');
    assert.equal(
      seen(await talk.say()),
      'Thank you! This is what I have noted: | REASON: A question\nSTORY: What do you cost?\nRATING: 5\nFILE:  | Goodbye. Write again, and we begin anew. | over',
    );
    assert.match(await talk.after('Just looking'), /^Then have a look: \| \[image\]/);
  });

  it('of several servers do not meet', async () => {
    const [one, other] = await Promise.all([startTypebot(), startTypebot()]);
    try {
      await talkTo(one, 'greeting').start();
      assert.notEqual(one.origin, other.origin);
      assert.equal(other.sessions.length, 0);
    } finally {
      await Promise.all([one.stop(), other.stop()]);
    }
    await assert.rejects(fetch(`${one.apiBaseUrl}/healthz`));
  });
});
