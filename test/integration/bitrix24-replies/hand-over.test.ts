import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import { failureNote } from '../../../lib/bitrix24/lines/failure-note';
import { botFlow, botNode, portalNode } from '../bitrix24-nodes/flow-parts';
import { answersIn, botOn, say, useScene } from '../bitrix24-nodes/scene';
import { restBench } from '../bitrix24-rest/support';
import { until } from '../../support/until';
import { openDesk, refusal, sendMethod, type Desk } from './support';

const bench = restBench();
const operatorMethod = 'imopenlines.bot.session.operator';
const calledOperators = (desk: Desk): number =>
  desk.portal.calls.filter(({ method }) => method === operatorMethod).length;

describe('an answer that gives the dialog to a person', function () {
  it('is said first', async () => {
    const desk = await openDesk(bench);
    const { failed } = await desk.answers('A person will answer', { handsOver: true });
    assert.equal(failed, undefined);
    assert.deepEqual(desk.texts(), ['A person will answer']);
    const methods = desk.portal.calls.map(({ method }) => method);
    assert.ok(methods.indexOf(sendMethod) < methods.indexOf(operatorMethod));
    assert.equal(typeof desk.chat.openLine?.session?.operator, 'number');
  });

  it('may have no words', async () => {
    const desk = await openDesk(bench);
    const { failed } = await desk.answers([], { handsOver: true });
    assert.equal(failed, undefined);
    assert.deepEqual(desk.texts(), []);
    assert.equal(calledOperators(desk), 1);
  });

  it('does so once for an event', async () => {
    const desk = await openDesk(bench);
    await desk.answers('One moment', { handsOver: true });
    desk.restart();
    await desk.answers('One moment', { handsOver: true, attempt: 2 });
    assert.deepEqual(desk.texts(), ['One moment']);
    assert.equal(calledOperators(desk), 1);
  });

  it('fails when nobody can be called, and calls again in the next run without a word more', async () => {
    const desk = await openDesk(bench);
    desk.portal.failNext({ method: operatorMethod, with: refusal });
    const { failed } = await desk.answers('One moment', { handsOver: true });
    assert.equal(at(failed, 'code'), 'BITRIX_REFUSED');
    desk.restart();
    const again = await desk.answers('One moment', { handsOver: true, attempt: 2 });
    assert.equal(again.failed, undefined);
    assert.deepEqual(desk.texts(), ['One moment']);
    assert.equal(typeof desk.chat.openLine?.session?.operator, 'number');
  });

  it('brings a person also when it could not be said', async () => {
    const desk = await openDesk(bench);
    desk.portal.failNext({ method: sendMethod, with: refusal });
    const { failed } = await desk.answers('One moment', { handsOver: true });
    assert.equal(at(failed, 'code'), 'BITRIX_REFUSED');
    assert.equal(typeof desk.chat.openLine?.session?.operator, 'number');
  });

  describe('because a bot has failed', () => {
    const note = failureNote('DIFY_TIMEOUT', 'en') ?? assert.fail('a failure has no note');

    /** What was said by or for the bot, and whether the client reads it. */
    const seen = ({ portal, chat }: Desk): (readonly [string, boolean])[] =>
      portal.messages(chat).map(({ text, reachesClient }) => [text, reachesClient]);

    it('tells the staff why, before the person is called', async () => {
      const desk = await openDesk(bench);
      const { failed, sent } = await desk.answers('One moment', { handsOver: true, note });
      assert.equal(failed, undefined);
      assert.deepEqual(seen(desk), [
        ['One moment', true],
        [note, false],
      ]);
      assert.match(note, /DIFY_TIMEOUT/);
      assert.equal(sent.length, 1, 'the note is no answer');
      const methods = desk.portal.calls.map(({ method }) => method);
      assert.deepEqual(methods, [sendMethod, sendMethod, operatorMethod]);
    });

    it('does so as a bot of the older API too', async () => {
      const desk = await openDesk(bench, { api: 'v1' });
      const { failed } = await desk.answers('One moment', { handsOver: true, note });
      assert.equal(failed, undefined);
      assert.deepEqual(seen(desk), [
        ['One moment', true],
        [note, false],
      ]);
    });

    it('tells them once for an event, also when nobody could be called', async () => {
      const desk = await openDesk(bench);
      desk.portal.failNext({ method: operatorMethod, with: refusal });
      const { failed } = await desk.answers([], { handsOver: true, note });
      assert.equal(at(failed, 'code'), 'BITRIX_REFUSED');
      desk.restart();
      assert.equal((await desk.answers([], { handsOver: true, note, attempt: 2 })).failed, undefined);
      assert.deepEqual(desk.texts(), [note]);
      assert.equal(typeof desk.chat.openLine?.session?.operator, 'number');
    });

    it('does not tell them twice what may have arrived', async () => {
      const desk = await openDesk(bench);
      desk.portal.failNext({ method: sendMethod, with: 'answer-lost' });
      desk.portal.failNext({ method: operatorMethod, with: refusal });
      await desk.answers([], { handsOver: true, note });
      desk.restart();
      await desk.answers([], { handsOver: true, note, attempt: 2 });
      assert.deepEqual(desk.texts(), [note]);
    });

    it('calls the person also when the note is refused', async () => {
      const desk = await openDesk(bench);
      desk.portal.failNext({ method: sendMethod, with: refusal });
      const { failed, handOverFailures } = await desk.answers([], { handsOver: true, note });
      assert.equal(failed, undefined);
      assert.deepEqual(
        handOverFailures.map((one) => at(one, 'code')),
        ['BITRIX_REFUSED'],
      );
      assert.equal(typeof desk.chat.openLine?.session?.operator, 'number');
    });

    it('leaves the note also when the words could not be said', async () => {
      const desk = await openDesk(bench);
      desk.portal.failNext({ method: sendMethod, with: refusal });
      const { failed } = await desk.answers('One moment', { handsOver: true, note });
      assert.equal(at(failed, 'code'), 'BITRIX_REFUSED');
      assert.deepEqual(desk.texts(), [note]);
      assert.equal(typeof desk.chat.openLine?.session?.operator, 'number');
    });
  });
});

describe('a flow that gives the dialog to a person whom nobody can call', function () {
  const scene = useScene();

  /** A webhook without the scope of Open Channels. */
  async function ask(words: string): Promise<string[]> {
    const portal = await scene.portal({ plan: 'enterprise' });
    const refused = { status: 401, error: 'insufficient_scope' } as const;
    portal.failNext({ method: operatorMethod, times: Infinity, with: refused });
    const func = `return { ...msg, payload: 'One moment', handOver: { reason: 'DIFY_FAILED' }, ${words} };`;
    const flow = botFlow(portalNode(portal, { plan: 'enterprise' }), botNode(scene.red.url), {
      ...{ func, reply: { typing: false } },
    });
    await scene.deployReady(flow);
    const chat = portal.openChannel({ bots: [botOn(portal)] });
    await say(portal, chat, 'Order it');
    const heard = (id: string): number => scene.watch.heard(id).length;
    await until(() => heard('said') + heard('caught') > 0, 'the end of the message');
    await until(() => /BITRIX_|refused/i.test(scene.watch.status('reply') ?? ''), 'the status');
    return answersIn(portal, chat).filter((text) => text === 'One moment');
  }

  it('goes on when its bot has failed: with an error the bot would run again', async () => {
    assert.deepEqual(await ask("failure: { code: 'DIFY_FAILED' }"), ['One moment']);
    const [said, caught] = ['said', 'caught'].map((id) => scene.watch.heard(id).length);
    assert.deepEqual([said, caught], [1, 0]);
    assert.equal(scene.watch.heard('think').length, 1);
  });

  it('is told by an error when it wished for that itself', async () => {
    assert.deepEqual(await ask(''), ['One moment']);
    assert.equal(scene.watch.heard('said').length, 0);
    assert.ok(scene.watch.heard('caught').length > 0);
  });
});
