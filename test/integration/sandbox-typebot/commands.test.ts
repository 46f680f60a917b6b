import assert from 'node:assert/strict';
import { retry, seen, servers, talkTo } from './support';

const start = servers();
const command = (name: string): unknown => ({ type: 'command', command: name });

describe('sandbox typebot: commands', () => {
  it('come back to the question where they should', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'commands');
    assert.equal(await talk.after(command('help')), 'Just write your name. | ? text input');
    assert.equal(seen(await talk.say('Ada')), 'Hello Ada. | Anything else? | ? text input');
    assert.deepEqual(typebot.sessionOf('commands').state.events, [{ kind: 'command', command: 'help' }]);
  });

  it('begin anew, or end', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'commands');
    assert.equal(await talk.after('Ada', command('start')), 'Your name? | ? text input');
    assert.equal(await talk.after(command('stop')), 'Stopped. | over');
    assert.equal(typebot.sessionOf('commands').isDeleted, true);
  });

  it('are refused where the bot does not know them, and change nothing', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'commands');
    assert.equal(await talk.after(command('Help')), '400 Command event not found');
    assert.equal(seen(await talk.say(command('loose'))), "400 Command event doesn't have a connected edge");
    assert.equal(seen(await talk.say('Ada')), 'Hello Ada. | Anything else? | ? text input');
    assert.equal(await talkTo(typebot, 'greeting').after(command('help')), '400 Command event not found');
  });

  it('at the start count only as a first message does', async () => {
    const typebot = await start();
    const { start: begin } = talkTo(typebot, 'commands');
    assert.equal(seen(await begin({ message: command('stop') })), 'Your name? | ? text input');
    const first = talkTo(typebot, 'asks-first');
    assert.equal(seen(await first.start({ message: command('stop') })), '400 Command event not found');
    typebot.addBot({
      name: 'silent',
      events: [{ kind: 'command', command: 'go', to: 'gone' }],
      groups: {
        start: typebot.bot('asks-first').inputs().slice(0, 1),
        gone: [{ kind: 'bubble', type: 'text', content: {}, richText: [{ text: 'Gone.' }] }],
      },
    });
    assert.equal(seen(await talkTo(typebot, 'silent').start({ message: command('go') })), 'Gone. | over');
  });
});

describe('sandbox typebot: events of replies', () => {
  it('come before a reply is looked at', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'reply-event');
    assert.equal(await talk.after('One'), 'One it is. | Anything else? | ? text input');
    assert.equal(await talk.after('agent'), 'A person will come. | over');
    assert.equal(await talk.after('Three'), `${retry} | ? choice input`);
    assert.equal(seen(await talk.say('Two')), 'Two it is. | Anything else? | ? text input');
    assert.deepEqual(typebot.sessionOf('reply-event').state.events, [
      { kind: 'reply', text: 'Three' },
      { kind: 'reply', text: 'Two' },
    ]);
  });

  it('take the place of the sentence that asks again', async () => {
    const talk = talkTo(await start(), 'invalid-reply-event');
    assert.equal(await talk.after('Three'), 'Three is not among them. | ? choice input');
    assert.equal(seen(await talk.say('Two')), 'Two it is. | Anything else? | ? text input');
  });
});
