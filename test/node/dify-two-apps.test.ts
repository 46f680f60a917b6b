import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import { at, textAt } from '../../lib/core/fields';
import registerApp from '../../nodes/config/dify-app/dify-app';
import registerChatflow from '../../nodes/dify-chatflow/dify-chatflow';
import { namesOfDialog } from '../../lib/conversation/session/dialog-names';
import { createSessions } from '../../lib/conversation/session/sessions';
import { createMemoryStore } from '../../lib/store/memory-store';
import { conversationsOfApp } from '../../nodes/runtime/bot/conversations-of-app';
import { keptConversations } from '../../nodes/runtime/bot/conversations';
import registerSession from '../../nodes/session-store/session-store';
import { manualClock } from '../support/manual-clock';
import { until } from '../support/until';
import { asking, comment, lastForm } from './dify-form-views';
import { fromDialog, useDifyScene } from './dify-scene';

describe('the conversation of a dialog', () => {
  const scene = useDifyScene(
    'dify-chatflow',
    [registerApp, registerChatflow, registerSession],
    [
      { name: 'app', mode: 'advanced-chat' },
      { name: 'other', mode: 'advanced-chat' },
    ],
  );

  function deploy(): Promise<void> {
    const nodes = [
      { id: 'conf-2', type: 'dify-app', baseUrl: scene.dify.baseUrl },
      { id: 'second', type: 'dify-chatflow', z: 'flow-1', app: 'conf-2', wires: [['out'], []] },
      { id: 'ender', type: 'session-store', z: 'flow-1', operation: 'delete', wires: [['out'], []] },
    ];
    const credentials = { 'conf-2': { apiKey: scene.dify.app('other').key } };
    return scene.deploy({}, { nodes, credentials });
  }

  async function via(id: string, message: Record<string, unknown>): Promise<unknown> {
    const before = scene.seen.out.length;
    helper.getNode(id).receive(message);
    await until(() => scene.seen.out.length > before, `an answer of ${id}`);
    return scene.seen.out[before];
  }

  const toldOfApps = (): number =>
    helper.log().args.filter(([entry]: unknown[]) => textAt(entry, 'msg') === 'bitlane.conversation.twoApps')
      .length;
  const idOf = (message: unknown) => textAt(message, 'dify', 'conversationId');

  it('is begun anew for another app, which is not asked for the id of the first', async () => {
    await deploy();
    const refused = scene.dify.calls.filter(({ status }) => status === 404).length;
    const answers = [];
    for (const [id, text] of [
      ['node', 'my name is Ann'],
      ['second', 'law'],
      ['node', 'what is my name?'],
      ['second', 'more law'],
    ] as const) {
      answers.push(await via(id, fromDialog('shared', text)));
    }
    assert.deepEqual(
      answers.map((answer) => at(answer, 'dify', 'conversationReset')),
      [false, false, false, false],
    );
    assert.equal(new Set(answers.map(idOf)).size, 4);
    assert.deepEqual(
      answers.map((answer) => at(answer, 'session', 'isNew')),
      [true, true, true, true],
    );
    assert.equal(scene.dify.calls.filter(({ status }) => status === 404).length, refused);
    assert.equal(toldOfApps(), 2);
  });

  it('goes on for the app that began it', async () => {
    await deploy();
    const first = await via('node', fromDialog('own', 'one'));
    const second = await via('node', fromDialog('own', 'two'));
    assert.equal(idOf(second), idOf(first));
    assert.equal(toldOfApps(), 0);
  });

  it('takes its form with it when it is gone', async () => {
    await deploy();
    scene.dify.script('app', asking({ inputs: [comment] }));
    await via('node', fromDialog('gone', 'order'));
    await via('ender', fromDialog('gone', 'x'));
    const runs = scene.dify.runs.length;
    const out = await via('node', fromDialog('gone', 'What does it cost?'));
    assert.equal(at(out, 'dify', 'paused'), false);
    assert.equal(scene.dify.runs.length, runs + 1);
    assert.equal(lastForm(scene).submission, undefined);
  });
});

describe('the note of whose a conversation is', () => {
  const dialog = namesOfDialog(at(fromDialog('d', 'x'), 'bitrix'));
  const clock = manualClock(1_700_000_000_000);
  const store = createMemoryStore({ clock, monotonic: () => clock.now() });
  const kept = keptConversations({
    store: () => Promise.resolve(store),
    sessions: createSessions(() => Promise.resolve(store), { ttlMs: 1000, sliding: true, clock }),
    keyOf: () => 'k',
    onUnsaved: (error) => assert.ifError(error),
  });

  async function idFor(appKey: string, told: string): Promise<string | undefined> {
    const inConversation = conversationsOfApp(kept, { appKey, onShared: () => undefined });
    const { signal } = new AbortController();
    return inConversation({ _msgid: 'm' }, dialog, signal, ({ id, noteId }) => {
      noteId(told);
      return Promise.resolve(id);
    });
  }

  it('counts for its own id alone: one that another bot has put there is used', async () => {
    assert.equal(await idFor('a', 'one'), undefined);
    assert.equal(await idFor('b', 'two'), undefined);
    await store.set('k', 'of another bot', { ttlMs: 1000 });
    assert.equal(await idFor('a', 'of another bot'), 'of another bot');
    assert.equal(await idFor('b', 'three'), undefined);
    assert.equal(await idFor('b', 'three'), 'three');
  });
});
