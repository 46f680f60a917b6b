import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../lib/core/fields';
import type { Message } from '../../nodes/runtime/shell';
import { text, textInput, type BotInit } from '../../sandbox/typebot';
import { chatNode, fromDialog, keyOf, partsOf, press, useTypebotScene } from './typebot-scene';

const markdownBot: BotInit = {
  name: 'answers-of-a-model',
  variables: ['MESSAGE'],
  groups: { start: [text('{{MESSAGE}}'), text('Anything else?'), textInput()] },
};

describe('typebot-chat', () => {
  const scene = useTypebotScene({ bots: [markdownBot] });
  const sessionOf = (message: Message): string =>
    textAt(message, 'typebot', 'sessionId') ?? assert.fail(JSON.stringify(message.typebot));

  async function ttlOf(key: string): Promise<number | undefined> {
    for await (const entry of scene.store.scan(key)) if (entry.key === key) return entry.ttlMs;
    return undefined;
  }

  it('gives the answer in the message that came, with what its help promises', async () => {
    await scene.deploy();
    const inputs = { FIRST_NAME: 'Ann' };
    const out = await scene.ask({ ...fromDialog('chat1', 'Hi'), inputs, keep: 'me' });
    assert.equal(out.payload, 'Hello Ann!\n\nWhat can I do for you?');
    assert.deepEqual(
      partsOf(out, 'text').map((part) => [at(part, 'text'), at(part, 'format')]),
      [
        ['Hello Ann!', 'bbcode'],
        ['What can I do for you?', 'bbcode'],
      ],
    );
    assert.equal(out.format, 'bbcode');
    assert.equal(out.keep, 'me');
    const { id, result } = scene.typebot.sessionOf('greeting');
    const [input] = scene.typebot.bot('greeting').inputs();
    assert.deepEqual(out.typebot, {
      sessionId: id,
      resultId: result?.id,
      input: { id: input?.id, type: 'text input' },
      ended: false,
      restarted: false,
      handover: false,
      logs: [],
    });
    const startedAt = textAt(out, 'session', 'startedAt') ?? '';
    assert.deepEqual(out.session, { key: keyOf('chat1'), id, isNew: true, startedAt });
    assert.ok(!Number.isNaN(Date.parse(startedAt)));
  });

  it('goes on where the dialog is, also when the node was closed in between, each dialog by itself', async () => {
    await scene.deploy();
    const first = await scene.ask(fromDialog('chat2', 'Hi'));
    const other = await scene.ask(fromDialog('chat3', 'Hi'));
    await scene.unload();
    await scene.deploy();
    const second = await scene.ask(fromDialog('chat2', 'a chair'));
    assert.match(String(second.payload), /You wrote: a chair/);
    assert.equal(sessionOf(second), sessionOf(first));
    assert.notEqual(sessionOf(other), sessionOf(first));
    assert.equal(at(second, 'session', 'isNew'), false);
    assert.equal(at(second, 'session', 'startedAt'), at(first, 'session', 'startedAt'));
  });

  it('takes message and variables from where it is told to', async () => {
    const chosen = {
      message: 'heard',
      messageType: 'msg',
      variables: '{"FIRST_NAME":"Bo"}',
      variablesType: 'json',
    };
    await scene.deploy(chosen, { bot: 'asks-first' });
    const out = await scene.ask({ ...fromDialog('chat4', 'not this'), heard: 42 });
    assert.match(String(out.payload), /You wrote: 42/);
    await scene.unload();
    await scene.deploy(chosen);
    assert.match(String((await scene.ask(fromDialog('chat5', ''))).payload), /Hello Bo!/);
  });

  it('says what the person wrote in a variable too, as text, list or JSON', async () => {
    await scene.deploy({}, { bot: 'variables' });
    const inputs = {
      MESSAGE: 'Hi',
      FIRST_NAME: { a: 1 },
      DIALOG_ID: 12,
      TAGS: ['x', 2],
      UNKNOWN: 'u',
      Message: null,
    };
    await scene.ask({ ...fromDialog('chat6', 'Hi'), inputs });
    const { body } = scene.typebot.requestsOf('start').at(-1) ?? assert.fail('nothing was started');
    assert.deepEqual(at(body, 'prefilledVariables'), {
      MESSAGE: 'Hi',
      FIRST_NAME: '{\"a\":1}',
      DIALOG_ID: '12',
      TAGS: ['x', '2'],
      UNKNOWN: 'u',
    });
  });

  for (const [what, message] of [
    ['a message that is no text', fromDialog('chat7', { text: 'Hi' })],
    ['variables that are no object', { ...fromDialog('chat7', 'Hi'), inputs: ['Hi'] }],
  ] as const) {
    it(`calls nobody for ${what}`, async () => {
      await scene.deploy();
      const before = scene.typebot.requests.length;
      assert.equal(at((await scene.ask({ ...message })).error, 'code'), 'INPUT_INVALID');
      assert.equal(scene.typebot.requests.length, before);
    });
  }

  it('remembers a conversation for as long as it is told, from the last message or from the first', async () => {
    await scene.deploy({ ttlSeconds: 100 });
    const first = await scene.ask(fromDialog('chat8', 'Hi'));
    assert.equal(await ttlOf(keyOf('chat8')), 100_000);
    scene.passTime(90_000);
    await scene.ask(fromDialog('chat8', 'a chair'));
    assert.equal(await ttlOf(keyOf('chat8')), 100_000);
    scene.passTime(100_001);
    assert.notEqual(sessionOf(await scene.ask(fromDialog('chat8', 'Hi again'))), sessionOf(first));
    await scene.unload();

    await scene.deploy({ ttlSeconds: 100, sliding: false });
    const fixed = await scene.ask(fromDialog('chat9', 'Hi'));
    scene.passTime(90_000);
    assert.equal(sessionOf(await scene.ask(fromDialog('chat9', 'a chair'))), sessionOf(fixed));
    assert.equal(await ttlOf(keyOf('chat9')), 10_000);
    scene.passTime(10_001);
    assert.notEqual(sessionOf(await scene.ask(fromDialog('chat9', 'a table'))), sessionOf(fixed));
  });

  it('keeps a day when nothing is said, and refuses what is no time', async () => {
    await scene.deploy({ ttlSeconds: '' });
    await scene.ask(fromDialog('chat10', 'Hi'));
    assert.equal(await ttlOf(keyOf('chat10')), 86_400_000);
    await scene.unload();
    await scene.deploy({ ttlSeconds: 'soon' });
    assert.equal(at((await scene.ask(fromDialog('chat10', 'Hi'))).error, 'code'), 'CONFIG_INVALID');
  });

  it('takes the conversation from the message and gives it back there, when the flow keeps it', async () => {
    await scene.deploy({ session: 'message' }, { bot: 'choice' });
    const first = await scene.ask({ payload: 'Hi', session: { mine: 1 } });
    assert.equal(at(first, 'session', 'mine'), 1);
    assert.equal(at(first, 'session', 'isNew'), true);
    const session: unknown = JSON.parse(JSON.stringify(first.session));
    const second = await scene.ask({ payload: 'support', session });
    assert.match(String(second.payload), /You chose Support/);
    assert.equal(sessionOf(second), sessionOf(first));
    assert.equal(at(second, 'session', 'isNew'), false);
    assert.notEqual(sessionOf(await scene.ask({ payload: 'Hi' })), sessionOf(first));
    for await (const { key } of scene.store.scan('')) assert.fail(`kept ${key}`);
  });

  it('makes each message a conversation of its own when it is told to', async () => {
    await scene.deploy({ session: 'none' });
    const first = await scene.ask(fromDialog('chat11', 'Hi'));
    const second = await scene.ask(fromDialog('chat11', 'Hi'));
    assert.notEqual(sessionOf(second), sessionOf(first));
    assert.equal(at(second, 'session'), undefined);
  });

  it('answers a message that belongs to no dialog', async () => {
    await scene.deploy({}, { bot: 'asks-first' });
    assert.match(
      String((await scene.ask({ payload: 'from an inject node' })).payload),
      /from an inject node/,
    );
  });

  it('begins anew after the end, with the farewell that it is given', async () => {
    await scene.deploy({ endText: 'See you!' }, { bot: 'end-on-continue' });
    const first = await scene.ask(fromDialog('chat12', 'Hi'));
    assert.doesNotMatch(String(first.payload), /See you/);
    const last = await scene.ask(fromDialog('chat12', 'Ann'));
    assert.equal(last.payload, 'Goodbye, Ann!\n\nSee you!');
    assert.equal(at(last, 'typebot', 'ended'), true);
    assert.equal(at(last, 'typebot', 'sessionId'), undefined);
    assert.ok(textAt(last, 'typebot', 'resultId'));
    assert.equal(await scene.store.get(keyOf('chat12')), undefined);
    assert.match(String((await scene.ask(fromDialog('chat12', 'Hi'))).payload), /Your name\?/);
  });

  it('stays silent after the end when it is told to, until somebody brings it in anew', async () => {
    await scene.deploy({ afterEnd: 'silent' }, { bot: 'end-on-continue' });
    await scene.ask(fromDialog('chat13', 'Hi'));
    await scene.ask(fromDialog('chat13', 'Ann'));
    await scene.hush(fromDialog('chat13', 'Hello?'));
    await scene.hush(fromDialog('chat13', { not: 'a text' }));
    await scene.ask(fromDialog('chat14', 'another dialog'));
    const again = await scene.ask(fromDialog('chat13', '', { kind: 'join' }));
    assert.match(String(again.payload), /Your name\?/);
    await scene.ask(fromDialog('chat13', 'Ann'));
    await scene.hush(fromDialog('chat13', 'Hello?'));
    const restarted = await scene.ask({ ...fromDialog('chat13', 'whatever'), action: 'restart' });
    assert.match(String(restarted.payload), /Your name\?/);
  });

  it('keeps the pace of the bot only when it is told to, and cuts what waits too long', async () => {
    const waits = async (settings: object, bot: string): Promise<unknown[]> => {
      await scene.deploy(settings, { bot });
      const out = await scene.ask(fromDialog('chat15', 'Hi'));
      await scene.unload();
      await scene.store.delete(keyOf('chat15'));
      return partsOf(out, 'wait').map((part) => at(part, 'ms'));
    };
    assert.deepEqual(await waits({}, 'typing'), []);
    assert.deepEqual(await waits({ pace: true }, 'typing'), [2000, 1600, 1600]);
    assert.deepEqual(await waits({ pace: true, maxWaitSeconds: 1 }, 'typing'), [1000, 1000, 1000]);
    assert.deepEqual(await waits({}, 'bubbles-and-wait'), [2000, 10_000]);
    assert.deepEqual(await waits({ maxWaitSeconds: 0 }, 'bubbles-and-wait'), []);
    assert.deepEqual(await waits({ maxWaitSeconds: 60 }, 'bubbles-and-wait'), [2000, 30_000]);
  });

  it('reads Markdown in texts only when it is told to', async () => {
    const inputs = { MESSAGE: 'This is **bold**.' };
    const formatWith = async (settings: object): Promise<unknown> => {
      await scene.deploy(settings, { bot: markdownBot.name });
      const out = await scene.ask({ ...fromDialog('chat16', 'Hi'), inputs });
      await scene.unload();
      await scene.store.delete(keyOf('chat16'));
      assert.equal(textAt(partsOf(out, 'text')[0], 'text'), 'This is **bold**.');
      return partsOf(out, 'text').map((part) => at(part, 'format'));
    };
    assert.deepEqual(await formatWith({}), ['bbcode', 'bbcode']);
    assert.deepEqual(await formatWith({ markdown: true }), ['markdown', 'bbcode']);
  });

  it('gives buttons, and asks again for a press on those of an earlier question', async () => {
    await scene.deploy({}, { bot: 'choice' });
    const first = await scene.ask(fromDialog('chat17', 'Hi'));
    const labels = entriesAt(partsOf(first, 'choices')[0], 'items').map((item) => at(item, 'label'));
    assert.deepEqual(labels, ['Sales', 'Support', 'Something else']);
    const second = await scene.ask({ ...fromDialog('chat17', 'Support'), ...press(first, 'Support') });
    assert.match(String(second.payload), /You chose Support\.\n\nHow many\?/);
    const calls = scene.typebot.requestsOf('continue').length;
    const stale = await scene.ask({ ...fromDialog('chat17', 'Sales'), ...press(first, 'Sales') });
    assert.equal(scene.typebot.requestsOf('continue').length, calls);
    assert.deepEqual(stale.parts, partsOf(second, 'choices'));
    assert.deepEqual(at(stale, 'typebot', 'input'), at(second, 'typebot', 'input'));
    const third = await scene.ask({ ...fromDialog('chat17', 'Two'), ...press(stale, 'Two') });
    assert.match(String(third.payload), /Two it is\./);
  });

  it('has one conversation in a dialog that two nodes with one bot answer in', async () => {
    await scene.deploy({}, { nodes: [chatNode('second')] });
    const first = await scene.ask(fromDialog('chat18', 'Hi'));
    const second = await scene.ask(fromDialog('chat18', 'a chair'), 'second');
    assert.match(String(second.payload), /You wrote: a chair/);
    assert.equal(sessionOf(second), sessionOf(first));
  });
});
