import assert from 'node:assert/strict';
import { shortestPauseMs } from '../../../lib/bitrix24/events/failing-streak';
import type { Chat, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { botFlow, botNode, portalNode } from './flow-parts';
import { answered, answersIn, botOn, say, useScene } from './scene';

/** A timer may fire a little before its time, by another clock. */
const earlyMs = 100;

describe('fetch mode, without a public address', function () {
  const scene = useScene();
  let portal: Portal;
  let chat: Chat;

  before(async () => {
    portal = await scene.portal();
    await redeploy();
    chat = portal.openChannel({ bots: [botOn(portal)] });
  });

  const redeploy = (): Promise<void> =>
    scene.deployReady(botFlow(portalNode(portal), botNode('', { publicUrl: '', eventMode: 'fetch' })));

  const lookTimes = (): number[] =>
    portal.calls
      .filter(({ method, status }) => method === 'imbot.v2.Event.get' && status === 200)
      .map(({ at }) => at);
  const looks = (): number => lookTimes().length;

  it('registers the bot in fetch mode and looks for events at once', async () => {
    assert.equal(botOn(portal).eventMode, 'fetch');
    await until(() => looks() === 1, 'the first look');
  });

  it('events arrive and are answered, and what was taken is confirmed with the offset', async () => {
    const { deliveries } = await portal.clientSays(chat, 'first');
    assert.deepEqual(
      deliveries.map(({ via }) => via),
      ['fetch'],
    );
    await until(() => answersIn(portal, chat).length === 1, 'the answer');
    assert.deepEqual(answersIn(portal, chat), ['first']);
    await redeploy();
    await until(() => botOn(portal).queue.length === 0, 'the confirmation');
    assert.ok(botOn(portal).confirmedBelow > 0);
  });

  it('a redeploy loses nothing that was said meanwhile, and answers nothing twice', async () => {
    for (const text of ['second', 'third']) await say(portal, chat, text);
    for (let round = 0; round < 3; round += 1) await redeploy();
    assert.deepEqual(await answered(portal, chat, 3), ['first', 'second', 'third']);
  });

  it('a poller that hangs in a request does not hold up the one of the next deploy', async () => {
    portal.failNext({ method: 'imbot.v2.Event.get', with: 'hang' });
    const isHanging = (): boolean => portal.calls.some(({ fault }) => fault === 'hang');
    await scene.deploy(botFlow(portalNode(portal), botNode('', { publicUrl: '', eventMode: 'fetch' })));
    await until(isHanging, 'the request that hangs');
    await say(portal, chat, 'fourth');
    await redeploy();
    assert.equal((await answered(portal, chat, 4)).at(-1), 'fourth');
  });

  it('after many deploys one poller is left', async () => {
    for (let round = 0; round < 3; round += 1) {
      const before = looks();
      await redeploy();
      await until(() => looks() > before, 'a look for each deploy');
    }
    const before = looks();
    await say(portal, chat, 'fifth');
    await until(() => answersIn(portal, chat).length === 5 && looks() >= before + 2, 'the answer');
    // One that looks waits after each answer, on a busy machine for longer; two of them look between each other.
    const times = lookTimes().slice(before - 1);
    const pauses = times.slice(1).map((at, place) => at - (times[place] ?? 0));
    assert.ok(
      Math.min(...pauses) >= shortestPauseMs - earlyMs,
      `looks with ${pauses.join(', ')} ms between them`,
    );
    assert.deepEqual(answersIn(portal, chat), ['first', 'second', 'third', 'fourth', 'fifth']);
  });

  it('stops with the flow', async () => {
    await scene.deploy([{ id: 'tab', type: 'tab', label: 'nothing' }]);
    const before = portal.calls.length;
    await say(portal, chat, 'nobody listens');
    assert.equal(portal.calls.length, before);
    assert.equal(botOn(portal).queue.length > 0, true);
  });
});
