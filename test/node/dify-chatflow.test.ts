import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../lib/core/fields';
import registerApp from '../../nodes/config/dify-app/dify-app';
import registerStore from '../../nodes/config/bitlane-store/bitlane-store';
import registerChatflow from '../../nodes/dify-chatflow/dify-chatflow';
import { until } from '../support/until';
import { fromDialog, useDifyScene } from './dify-scene';

const marker = 'marker-token-of-a-person';

describe('dify-chatflow', () => {
  const scene = useDifyScene(
    'dify-chatflow',
    [registerApp, registerStore, registerChatflow],
    [
      { name: 'chatflow', mode: 'advanced-chat' },
      { name: 'chatbot', mode: 'chat' },
      { name: 'workflow', mode: 'workflow' },
      {
        name: 'form',
        mode: 'advanced-chat',
        form: [
          { type: 'text-input', variable: 'CITY', required: true },
          { type: 'text-input', variable: 'CHAT_ID' },
        ],
      },
    ],
  );
  const conversationOf = (message: unknown): string =>
    textAt(message, 'dify', 'conversationId') ?? assert.fail('no conversation');

  it('answers with the text, its parts and what Dify says of the run, in the message that came', async () => {
    await scene.deploy({});
    const out = await scene.ask({ ...fromDialog('chat1', 'Good morning'), keep: 'me' });
    assert.match(String(out.payload), /You said: \*\*Good morning\*\*/);
    assert.equal(out.keep, 'me');
    assert.equal(out.format, 'markdown');
    assert.equal(textAt(entriesAt(out, 'parts')[0], 'text'), out.payload);
    for (const name of ['conversationId', 'messageId', 'taskId', 'workflowRunId']) {
      assert.ok(textAt(out, 'dify', name), name);
    }
    assert.equal(at(out, 'dify', 'conversationReset'), false);
    assert.equal(at(out, 'dify', 'paused'), false);
    assert.deepEqual(scene.dify.runs.at(-1)?.turn.user, 'member-1:7:chat1');
  });

  it('goes on with the conversation of the dialog, also when the node was closed in between', async () => {
    await scene.deploy({});
    const first = await scene.ask(fromDialog('chat2', 'one'));
    const second = await scene.ask(fromDialog('chat2', 'two'));
    const other = await scene.ask(fromDialog('chat3', 'one'));
    await scene.unload();
    await scene.deploy({});
    const third = await scene.ask(fromDialog('chat2', 'three'));
    assert.equal(conversationOf(second), conversationOf(first));
    assert.equal(conversationOf(third), conversationOf(first));
    assert.notEqual(conversationOf(other), conversationOf(first));
    assert.match(String(third.payload), /I remember 2 earlier messages/);
    assert.deepEqual(
      [first, second, third].map((message) => at(message, 'session', 'isNew')),
      [true, false, false],
    );
    assert.equal(at(third, 'session', 'key'), 'bitbot:member-1:7:chat2');
    assert.equal(at(third, 'session', 'id'), conversationOf(first));
    assert.equal(at(third, 'session', 'startedAt'), at(first, 'session', 'startedAt'));
    assert.ok(at(first, 'session', 'startedAt'));
  });

  it('keeps the conversation in the chosen store, under its prefix', async () => {
    const store = { id: 'mine', type: 'bitlane-store', folder: 'elsewhere', keyPrefix: 'other' };
    await scene.deploy({ store: 'mine' }, { nodes: [store] });
    const first = await scene.ask(fromDialog('chat19', 'one'));
    const second = await scene.ask(fromDialog('chat19', 'two'));
    assert.equal(at(first, 'session', 'key'), 'other:member-1:7:chat19');
    assert.equal(conversationOf(second), conversationOf(first));
  });

  it('begins anew when Dify has lost the conversation, and remembers the new one', async () => {
    await scene.deploy({});
    const first = await scene.ask(fromDialog('chat4', 'one'));
    scene.dify.script('chatflow', 'conversation-lost');
    const second = await scene.ask(fromDialog('chat4', 'two'));
    const third = await scene.ask(fromDialog('chat4', 'three'));
    assert.equal(at(second, 'dify', 'conversationReset'), true);
    assert.equal(at(second, 'session', 'isNew'), true);
    assert.notEqual(conversationOf(second), conversationOf(first));
    assert.equal(conversationOf(third), conversationOf(second));
  });

  it('answers two messages of one dialog one after another, in one conversation', async () => {
    await scene.deploy({});
    const gate = scene.dify.hold('chatflow', 'mid-stream');
    const before = scene.dify.runs.length;
    scene.send(fromDialog('chat5', 'one'));
    scene.send(fromDialog('chat5', 'two'));
    await scene.dify.waitForRun((run) => run.turn.query === 'one');
    // Another dialog does not wait; when it is through, the second message would have been, too.
    await scene.ask(fromDialog('chat6', 'elsewhere'));
    assert.equal(scene.dify.runs.length - before, 2);
    gate.open();
    await until(() => scene.seen.out.length === 3, 'all answers');
    const [, first, second] = scene.seen.out;
    assert.match(String(first?.payload), /one/);
    assert.match(String(second?.payload), /two/);
    assert.equal(conversationOf(second), conversationOf(first));
  });

  it('remembers the conversation of a run that fails, and tells its words up to then', async () => {
    await scene.deploy({});
    scene.dify.script('chatflow', 'failed-node');
    const failed = await scene.ask(fromDialog('chat7', 'one'));
    const next = await scene.ask(fromDialog('chat7', 'two'));
    assert.equal(at(failed, 'error', 'code'), 'DIFY_FAILED');
    assert.equal(at(failed, 'dify', 'partialText'), 'Some text came');
    assert.equal(conversationOf(next), conversationOf(failed));
  });

  it('takes the conversation from the message and gives it back there, when the flow keeps it', async () => {
    await scene.deploy({ session: 'message' });
    const first = await scene.ask({ payload: 'one', session: { mine: 1 } });
    assert.equal(at(first, 'session', 'mine'), 1);
    const { session } = first;
    const second = await scene.ask({ payload: 'two', session });
    const third = await scene.ask({ payload: 'three' });
    assert.equal(conversationOf(second), conversationOf(first));
    assert.equal(at(second, 'session', 'isNew'), false);
    assert.notEqual(conversationOf(third), conversationOf(first));
  });

  it('makes each message a conversation of its own when it is told to', async () => {
    await scene.deploy({ session: 'none' });
    const first = await scene.ask(fromDialog('chat8', 'one'));
    const second = await scene.ask(fromDialog('chat8', 'two'));
    assert.notEqual(conversationOf(second), conversationOf(first));
  });

  it('answers a message that belongs to no dialog', async () => {
    await scene.deploy({});
    const out = await scene.ask({ payload: 'from an inject node' });
    assert.match(String(out.payload), /from an inject node/);
  });

  it('fills in another user', async () => {
    await scene.deploy({ user: '{domain}/{userId}' });
    await scene.ask(fromDialog('chat9', 'hello'));
    assert.equal(scene.dify.runs.at(-1)?.turn.user, 'portal.example/5');
  });

  it('sends the variables that the app declares, as it wants them', async () => {
    await scene.deploy({}, { app: 'form' });
    await scene.ask({
      ...fromDialog('chat10', 'hi'),
      inputs: { CITY: 'Omsk', CHAT_ID: 12, access_token: marker },
    });
    assert.deepEqual(scene.dify.runs.at(-1)?.turn.inputs, { CITY: 'Omsk', CHAT_ID: '12' });
    assert.ok(!JSON.stringify(scene.dify.calls).includes(marker));
  });

  it('gives the text so far to the second output', async () => {
    await scene.deploy({});
    const gate = scene.dify.hold('chatflow', 'before-end');
    scene.send(fromDialog('chat11', 'tell me'));
    await until(() => scene.seen.progress.length > 0, 'progress');
    assert.equal(scene.seen.out.length, 0);
    const [soFar] = scene.seen.progress;
    gate.open();
    await until(() => scene.seen.out.length > 0, 'the answer');
    assert.ok(String(soFar?.payload).length > 0);
    assert.ok(String(scene.seen.out[0]?.payload).startsWith(String(soFar?.payload)));
    assert.equal(at(soFar, 'parts'), undefined);
  });

  it('gives the files that the app makes as parts', async () => {
    await scene.deploy({});
    scene.dify.script('chatflow', 'message-file');
    const out = await scene.ask(fromDialog('chat18', 'draw'));
    const file = entriesAt(out, 'parts').find((part) => textAt(part, 'type') === 'file');
    assert.ok(textAt(file, 'url')?.startsWith(`${scene.dify.origin}/`));
    assert.equal(entriesAt(out, 'dify', 'files').length, 1);
  });

  it('drops what the model thinks, or keeps it', async () => {
    await scene.deploy({});
    scene.dify.script('chatflow', 'thinking');
    assert.equal((await scene.ask(fromDialog('chat12', 'hi'))).payload, 'Hello!');
    await scene.unload();
    await scene.deploy({ stripThinking: false });
    scene.dify.script('chatflow', 'thinking');
    assert.match(String((await scene.ask(fromDialog('chat12', 'hi'))).payload), /<think>/);
  });

  it('says the chosen text when the app says nothing', async () => {
    await scene.deploy({ emptyText: 'I do not know.' });
    scene.dify.script('chatflow', 'null-outputs', 'null-outputs');
    const out = await scene.ask(fromDialog('chat13', 'hi'));
    assert.equal(out.payload, 'I do not know.');
    assert.equal(entriesAt(out, 'parts').length, 1);
    await scene.unload();
    await scene.deploy({});
    const silent = await scene.ask(fromDialog('chat13', 'hi'));
    assert.equal(silent.payload, '');
    assert.deepEqual(silent.parts, []);
  });

  it('gives a form on which the app waits as buttons, and answers it by a choice', async () => {
    await scene.deploy({});
    scene.dify.script('chatflow', 'paused');
    const asked = await scene.ask(fromDialog('chat14', 'order'));
    assert.equal(at(asked, 'dify', 'paused'), true);
    const choices = entriesAt(asked, 'parts').find((part) => textAt(part, 'type') === 'choices');
    const [item] = entriesAt(choices, 'items');
    const choice = { items: [item], context: textAt(choices, 'context') };
    const answered = await scene.ask({ ...fromDialog('chat14', 'Approve'), choice });
    assert.equal(at(answered, 'error'), undefined);
    assert.equal(at(answered, 'dify', 'paused'), false);
    assert.equal(scene.dify.forms.at(-1)?.status, 'submitted');
    assert.equal(conversationOf(answered), conversationOf(asked));
    const again = await scene.ask({ ...fromDialog('chat14', 'Approve'), choice });
    assert.equal(at(again, 'error', 'code'), 'DIFY_FORM_CLOSED');
  });

  for (const [what, scenario, code] of [
    ['a refused key', 'unauthorized', 'DIFY_AUTH'],
    ['a switched-off API', 'forbidden', 'DIFY_APP'],
    ['a model without credentials', 'model-missing', 'DIFY_MODEL'],
    ['a used-up quota', 'quota-used-up', 'DIFY_QUOTA'],
    ['a run that fails', 'failed-node', 'DIFY_FAILED'],
    ['a lost answer', 'answer-lost', 'DIFY_UNREACHABLE'],
    ['a gateway that gave up', 'gateway-timeout', 'DIFY_UNREACHABLE'],
  ] as const) {
    it(`hands ${what} to the Catch node, without a secret`, async () => {
      await scene.deploy({});
      scene.dify.script('chatflow', scenario);
      const { error } = await scene.ask({ ...fromDialog('chat15', 'hi'), inputs: { access_token: marker } });
      assert.equal(at(error, 'code'), code);
      const shown = JSON.stringify([error, at(error, 'message'), at(error, 'stack')]);
      assert.ok(!shown.includes(scene.dify.app('chatflow').key));
      assert.ok(!shown.includes(marker));
    });
  }

  for (const [what, settings, app, message, code] of [
    ['an empty question', {}, 'chatflow', fromDialog('chat16', ' '), 'INPUT_INVALID'],
    ['a question that is no text', {}, 'chatflow', fromDialog('chat16', {}), 'INPUT_INVALID'],
    [
      'variables that are no object',
      {},
      'chatflow',
      { ...fromDialog('chat16', 'hi'), inputs: [1] },
      'INPUT_INVALID',
    ],
    ['a missing variable', {}, 'form', fromDialog('chat16', 'hi'), 'DIFY_INPUT_MISSING'],
    ['the key of a workflow', {}, 'workflow', fromDialog('chat16', 'hi'), 'DIFY_MODE'],
    ['no app', { app: '' }, 'chatflow', fromDialog('chat16', 'hi'), 'CONFIG_MISSING'],
    ['an unknown name in User', { user: '{who}' }, 'chatflow', fromDialog('chat16', 'hi'), 'CONFIG_INVALID'],
  ] as const) {
    it(`starts no run for ${what}`, async () => {
      await scene.deploy(settings, { app });
      const before = scene.dify.callsOf('run').length;
      const { error } = await scene.ask({ ...message });
      assert.equal(at(error, 'code'), code);
      assert.equal(scene.dify.callsOf('run').length, before);
    });
  }

  it('stops in Dify what runs when it is closed', async () => {
    await scene.deploy({});
    scene.dify.script('chatflow', 'never-ends');
    scene.send(fromDialog('chat17', 'wait'));
    const run = await scene.dify.waitForRun(({ turn }) => turn.query === 'wait');
    await until(() => scene.seen.progress.length > 0, 'the run to be under way');
    await scene.unload();
    await run.ended;
    assert.ok(scene.dify.callsOf('stop').length > 0);
  });
});
