import assert from 'node:assert/strict';
import type { Chat, Portal } from '../../../sandbox/bitrix24';
import {
  createGate,
  startDify,
  type Conversation,
  type Dify,
  type Gate,
  type Run,
} from '../../../sandbox/dify';
import { patienceMs } from '../../support/patience';
import { until } from '../../support/until';
import { botNode, endNode, inNode, portalNode, replyNode, type Changes } from '../bitrix24-nodes/flow-parts';
import { answersIn, botOn, say, useScene } from '../bitrix24-nodes/scene';

/** Thousands of answers take a busy machine longer than one. */
const longMs = 3 * patienceMs;
const onCanvas = { z: 'tab', x: 100, y: 100 };
const answerTo = (question: string): string => `Answer to ${question}`;

/** The server's own time between the two ends of a run: who takes the first for the last calls again too early. */
const slowEnd: Gate = {
  arrived: Promise.resolve(),
  isOpen: true,
  open: () => undefined,
  pass: () => new Promise((resolve) => setTimeout(resolve, 50)),
};

describe('many dialogs with quick messages on one Dify app', function () {
  this.timeout(3 * longMs);
  const scene = useScene();
  let dify: Dify;
  let portal: Portal;
  /** Every run stops before it says anything until this is opened. */
  let gate: Gate;

  beforeEach(async () => {
    gate = createGate();
    dify = await startDify({
      paceMs: 1,
      apps: [
        {
          name: 'chatflow',
          mode: 'advanced-chat',
          brain: ({ query }) => ({ pieces: ['Answer ', 'to ', query] }),
        },
      ],
    });
    dify.always('chatflow', {
      steps: (steps) => [
        { kind: 'gate', gate },
        ...steps.slice(0, -1),
        { kind: 'gate', gate: slowEnd },
        ...steps.slice(-1),
      ],
    });
    portal = await scene.portal();
  });
  afterEach(async () => {
    gate.open();
    await scene.deploy([]);
    await dify.stop();
  });

  /** bitrix-in, these nodes, bitrix-imbot-reply. */
  async function deploy(asking: readonly object[], incoming: Changes): Promise<void> {
    const { baseUrl } = dify;
    await scene.deployReady([
      { id: 'tab', type: 'tab', label: 'bot' },
      portalNode(portal, { plan: 'enterprise' }),
      botNode(scene.red.url),
      { id: 'dify', type: 'dify-app', baseUrl, credentials: { apiKey: dify.app('chatflow').key } },
      inNode({ batchSeconds: 0, ...incoming }),
      ...asking,
      replyNode({ typing: false }),
      { id: 'catch', ...onCanvas, type: 'catch', scope: null, uncaught: false, wires: [['caught']] },
      ...['said', 'others', 'caught'].map(endNode),
    ]);
  }

  /** All are said while every run stands still; then the runs go on, and all is answered. */
  async function converse(dialogs: number, messagesEach: number): Promise<Map<Chat, string[]>> {
    const bot = botOn(portal);
    const questions = new Map<Chat, string[]>();
    for (let place = 0; place < dialogs; place += 1) {
      const own = Array.from(
        { length: messagesEach },
        (_, number) => `question ${number} of dialog ${place}`,
      );
      questions.set(portal.openChannel({ bots: [bot] }), own);
    }
    const asking = [...questions].map(async ([chat, texts]) => {
      for (const text of texts) await say(portal, chat, text);
    });
    await Promise.all(asking);
    await until(() => dify.runs.length >= dialogs, 'a run of each dialog');
    gate.open();
    const all = dialogs * messagesEach;
    const answersNow = (): number =>
      [...questions.keys()].reduce((sum, chat) => sum + answersIn(portal, chat).length, 0);
    // Counting the answers takes longer than anything else here: not before the last question is asked.
    const isAnswered = (): boolean => dify.runs.length >= all && answersNow() >= all;
    const isOver = (): boolean => isAnswered() || scene.watch.heard('caught').length > 0;
    await until(isOver, 'all answers', longMs);
    assert.deepEqual(scene.watch.heard('caught'), []);
    return questions;
  }

  function assertAnswered(questions: ReadonlyMap<Chat, readonly string[]>): void {
    for (const [chat, texts] of questions) assert.deepEqual(answersIn(portal, chat), texts.map(answerTo));
  }

  /** What is said too often has its time to come: a deploy waits for what is on its way. */
  const stopFlow = (): Promise<void> => scene.deploy([]);

  /** As the server has it in its books. */
  function assertOneAtATime(dialogs: number, messagesEach: number): void {
    const { conversations } = dify;
    assert.equal(conversations.length, dialogs);
    assert.equal(new Set(conversations.map(({ user }) => user)).size, dialogs);
    for (const conversation of conversations) {
      const runs = runsOf(conversation, dify.runs);
      assert.equal(runs.length, messagesEach);
      assert.equal(conversation.overlapped, false);
      assert.deepEqual(overlapsIn(runs), []);
    }
    assert.equal(dify.runs.length, dialogs * messagesEach);
  }

  it('100 dialogs with 20 messages each: one run at a time in a conversation, all answered once and in order', async () => {
    await deploy([askNode('think')], {});
    const questions = await converse(100, 20);
    await stopFlow();
    assertOneAtATime(100, 20);
    assertAnswered(questions);
    assert.equal([...questions.keys()].flatMap((chat) => answersIn(portal, chat)).length, 2000);
    assert.ok(mostAtOnce(dify.runs) >= 100, 'the dialogs did not run side by side');
  });

  for (const finish of ['flow', 'now']) {
    it(`one dialog by way of two nodes with the same app, events finished: ${finish}`, async () => {
      await deploy([oddAndEven, askNode('odd'), askNode('even')], { finish });
      const questions = await converse(20, 10);
      for (const node of ['odd', 'even']) assert.equal(scene.watch.heard(node).length, 100);
      await stopFlow();
      assertOneAtATime(20, 10);
      assertAnswered(questions);
    });
  }
});

function askNode(id: string): object {
  return { id, ...onCanvas, type: 'dify-chatflow', app: 'dify', wires: [['reply'], []] };
}

const oddAndEven = {
  id: 'think',
  ...onCanvas,
  type: 'switch',
  property: 'payload',
  propertyType: 'msg',
  rules: [{ t: 'regex', v: '^question \\d*[13579] ', vt: 'str', case: false }, { t: 'else' }],
  checkall: 'false',
  repair: false,
  outputs: 2,
  wires: [['odd'], ['even']],
};

function runsOf(conversation: Conversation, runs: readonly Run[]): Run[] {
  return runs.filter(({ turn }) => turn.conversation === conversation);
}

/** The queries of runs that began before the one in front of them was over. */
function overlapsIn(runs: readonly Run[]): string[] {
  return runs
    .filter(
      ({ startedAt }, place) => startedAt < (runs[place - 1]?.finishedAt ?? (place === 0 ? 0 : Infinity)),
    )
    .map(({ turn }) => turn.query);
}

function mostAtOnce(runs: readonly Run[]): number {
  const changes = runs.flatMap(({ startedAt, finishedAt = Infinity }) => [
    { at: startedAt, by: 1 },
    { at: finishedAt, by: -1 },
  ]);
  let now = 0;
  let most = 0;
  // Within one millisecond an end counts first.
  for (const { by } of changes.sort((a, b) => a.at - b.at || a.by - b.by)) most = Math.max(most, (now += by));
  return most;
}
