import assert from 'node:assert/strict';
import { at, textAt } from '../../lib/core/fields';
import { announceTakeover } from '../../nodes/runtime/bot/takeovers';
import type { Message } from '../../nodes/runtime/shell';
import { fromDialog, keyOf, useTypebotScene } from './typebot-scene';

const command = (name: string, params?: string): object => ({
  kind: 'command',
  command: { id: 1, name, ...(params !== undefined && { params }) },
});

describe('typebot-chat, told by the flow what to do', () => {
  const scene = useTypebotScene();
  const sessionOf = (message: Message): string =>
    textAt(message, 'typebot', 'sessionId') ?? assert.fail(JSON.stringify(message.typebot));
  const saidTo = (bot: string): unknown[] =>
    scene.typebot.requestsOf('continue', bot).map(({ body }) => at(body, 'message'));

  for (const action of ['start', 'restart'] as const) {
    it(`${action} begins a conversation, whatever the payload is and wherever the dialog was`, async () => {
      await scene.deploy({}, { bot: 'asks-first' });
      const first = await scene.ask({ ...fromDialog(action, { at: 1 }), action });
      assert.equal(first.payload, '');
      assert.equal(at(first, 'typebot', 'input', 'type'), 'text input');
      await scene.ask(fromDialog(action, 'a chair'));
      const again = await scene.ask({ ...fromDialog(action, 'a table'), action });
      assert.notEqual(sessionOf(again), sessionOf(first));
      assert.doesNotMatch(String(again.payload), /table/);
      assert.match(String((await scene.ask(fromDialog(action, 'a lamp'))).payload), /You wrote: a lamp/);
    });
  }

  it('pause keeps the bot silent until resume, and it then asks what it asked', async () => {
    await scene.deploy({}, { bot: 'end-on-continue' });
    const first = await scene.ask(fromDialog('pause', 'Hi'));
    await scene.hush({ ...fromDialog('pause', 'whatever'), action: 'pause' });
    const calls = scene.typebot.requests.length;
    await scene.hush(fromDialog('pause', 'Ann'));
    await scene.hush(fromDialog('pause', '', command('help')));
    await scene.hush(fromDialog('pause', '', { kind: 'join' }));
    await scene.unload();
    await scene.deploy({}, { bot: 'end-on-continue' });
    await scene.hush(fromDialog('pause', { not: 'a text' }));
    assert.equal(scene.typebot.requests.length, calls);
    await scene.hush({ ...fromDialog('pause', ''), action: 'resume' });
    const last = await scene.ask(fromDialog('pause', 'Ann'));
    assert.equal(last.payload, 'Goodbye, Ann!');
    assert.equal(scene.typebot.sessionOf('end-on-continue').id, sessionOf(first));
  });

  it('pause holds before a conversation has begun, and start ends it', async () => {
    await scene.deploy();
    await scene.hush({ ...fromDialog('early', ''), action: 'pause' });
    await scene.hush(fromDialog('early', 'Hi'));
    await scene.ask({ ...fromDialog('early', ''), action: 'start' });
    assert.match(String((await scene.ask(fromDialog('early', 'a chair'))).payload), /a chair/);
    await scene.hush({ ...fromDialog('fresh', ''), action: 'resume' });
    await scene.ask(fromDialog('fresh', 'Hi'));
  });

  it('delete forgets the conversation and a pause', async () => {
    await scene.deploy();
    const first = await scene.ask(fromDialog('delete', 'Hi'));
    await scene.hush({ ...fromDialog('delete', ''), action: 'pause' });
    await scene.hush({ ...fromDialog('delete', ''), action: 'delete' });
    for await (const { key } of scene.store.scan('')) assert.fail(`kept ${key}`);
    assert.notEqual(sessionOf(await scene.ask(fromDialog('delete', 'Hi'))), sessionOf(first));
  });

  it('webhook gives the payload to a bot that waits for one, which hears nothing else', async () => {
    await scene.deploy({}, { bot: 'webhook' });
    const first = await scene.ask(fromDialog('webhook', 'Hi'));
    assert.deepEqual([at(first, 'typebot', 'waits'), at(first, 'typebot', 'ended')], ['webhook', false]);
    const calls = saidTo('webhook').length;
    await scene.ask(fromDialog('webhook', 'Is it paid?'));
    assert.equal(saidTo('webhook').length, calls);
    const paid = await scene.ask({ ...fromDialog('webhook', { amount: 12 }), action: 'webhook' });
    assert.match(String(paid.payload), /12/);
    assert.match(String(paid.payload), /Anything else\?/);
  });

  it('webhook says nothing in the name of the person where no bot waits for one', async () => {
    await scene.deploy();
    await scene.ask(fromDialog('no-webhook', 'Hi'));
    const calls = scene.typebot.requests.length;
    for (const dialog of ['no-webhook', 'unknown']) {
      const out = await scene.ask({ ...fromDialog(dialog, 'paid'), action: 'webhook' });
      assert.equal(at(out.error, 'code'), 'INPUT_INVALID');
    }
    assert.equal(scene.typebot.requests.length, calls);
  });

  it('gives a command to the bot, which goes back to its question', async () => {
    await scene.deploy({}, { bot: 'commands' });
    const begun = await scene.ask(fromDialog('command', '/help', command('help')));
    assert.match(String(begun.payload), /Your name\?[^]*Just write your name\./);
    const helped = await scene.ask(fromDialog('command', '/help me', command('help', 'me')));
    assert.equal(helped.payload, 'Just write your name.');
    assert.match(String((await scene.ask(fromDialog('command', 'Ann'))).payload), /Hello Ann\./);
    const ended = await scene.ask(fromDialog('command', '/stop', command('stop')));
    assert.equal(at(ended, 'typebot', 'ended'), true);
    const text = { type: 'text', text: 'Ann' };
    const asCommand = (name: string): object => ({ type: 'command', command: name });
    assert.deepEqual(saidTo('commands'), [asCommand('help'), asCommand('help'), text, asCommand('stop')]);
  });

  it('says a command as a text to a bot that does not know it, and asks only once', async () => {
    await scene.deploy();
    await scene.ask(fromDialog('text', 'Hi'));
    const first = await scene.ask(fromDialog('text', '/order 2', command('order', '2')));
    assert.match(String(first.payload), /You wrote: \/order 2/);
    await scene.ask(fromDialog('text', '/order 3', command('order', '3')));
    assert.deepEqual(saidTo('greeting').slice(-3), [
      { type: 'command', command: 'order' },
      { type: 'text', text: '/order 2' },
      { type: 'text', text: '/order 3' },
    ]);
  });

  it('begins anew for a join without words, and takes the words that a join is given', async () => {
    await scene.deploy({}, { bot: 'asks-first' });
    const event = 'ONIMBOTJOINCHAT';
    const joined = { ...fromDialog('join', event, { kind: 'join' }), inputs: { event } };
    const first = await scene.ask(joined);
    assert.equal(first.payload, '');
    const second = await scene.ask({ ...joined, payload: '' });
    assert.notEqual(sessionOf(second), sessionOf(first));
    const other = await scene.ask(fromDialog('join-with-words', 'Good day', { kind: 'join' }));
    assert.match(String(other.payload), /You wrote: Good day/);
  });

  for (const told of ['before', 'meanwhile'] as const) {
    it(`says nothing when a person has taken the dialog ${told}, and the flow can still pause the bot`, async () => {
      await scene.deploy({ onFailure: 'say', failureText: 'Sorry' });
      await scene.ask(fromDialog(told, 'Hi'));
      const said = fromDialog(told, 'a chair', { receivedAt: new Date(Date.now() - 1000).toISOString() });
      // What the person writes is an event of its own.
      const ofThePerson = { portal: { memberId: 'member-1' }, dialogId: told };
      const gate = scene.typebot.hold('greeting');
      if (told === 'before') announceTakeover(ofThePerson);
      const quiet = scene.hush(said);
      if (told === 'meanwhile') {
        await scene.typebot.untilRequest(({ body }) => textAt(body, 'message', 'text') === 'a chair');
        announceTakeover(ofThePerson);
      }
      await quiet;
      gate.open();
      assert.equal(scene.seen.caught.length, 0);
      await scene.hush({ ...said, action: 'pause' });
      await scene.hush(fromDialog(told, 'later', { receivedAt: new Date(Date.now() + 1000).toISOString() }));
      assert.deepEqual(await scene.store.get(keyOf(told)), scene.typebot.sessionOf('greeting').id);
    });
  }
});
