import assert from 'node:assert/strict';
import { at, textAt } from '../../lib/core/fields';
import type { Message } from '../../nodes/runtime/shell';
import { until } from '../support/until';
import { chatNode, fromDialog, keyOf, partsOf, press, useTypebotScene, type FlowItem } from './typebot-scene';

describe('the conversation that typebot-chat finds in a dialog', () => {
  const scene = useTypebotScene();
  const sessionOf = (message: Message): string =>
    textAt(message, 'typebot', 'sessionId') ?? assert.fail(JSON.stringify(message.typebot));
  const isRestarted = (message: Message): unknown => at(message, 'typebot', 'restarted');
  const textsTo = (bot: string): unknown[] =>
    scene.typebot.requestsOf('continue', bot).map(({ body }) => at(body, 'message', 'text'));

  /** A second bot, with a node of its own. */
  const otherBot = (bot: string): FlowItem[] => [
    { id: 'other-conf', type: 'typebot-bot', startUrl: scene.typebot.publicUrl(bot) },
    chatNode('other', { bot: 'other-conf' }),
  ];

  /** What another program does that keeps nothing but the id. */
  async function beginElsewhere(bot: string): Promise<string> {
    const answer: unknown = await (await fetch(scene.typebot.startUrl(bot), { method: 'POST' })).json();
    return textAt(answer, 'sessionId') ?? assert.fail('no session');
  }

  it('is gone on with from the bare id that BitBot keeps under its key', async () => {
    await scene.deploy({}, { bot: 'end-on-continue' });
    const id = await beginElsewhere('end-on-continue');
    await scene.store.set('bitbot:member-1:7:chat1', id, { ttlMs: 60_000 });
    const out = await scene.ask(fromDialog('chat1', 'Ann'));
    assert.equal(out.payload, 'Goodbye, Ann!');
    assert.equal(isRestarted(out), false);
    assert.equal(scene.typebot.sessionOf('end-on-continue').id, id);
  });

  it('is kept for BitBot as a bare id', async () => {
    await scene.deploy();
    const out = await scene.ask(fromDialog('chat2', 'Hi'));
    assert.equal(await scene.store.get('bitbot:member-1:7:chat2'), sessionOf(out));
  });

  it('is asked what it wants when nothing but its id is known, so that a choice is understood in any case', async () => {
    await scene.deploy({}, { bot: 'choice' });
    await scene.store.set(keyOf('chat3'), await beginElsewhere('choice'), { ttlMs: 60_000 });
    const out = await scene.ask(fromDialog('chat3', 'support'));
    assert.match(String(out.payload), /You chose Support/);
    assert.equal(partsOf(out, 'choices').length, 1);
    const next = await scene.ask({ ...fromDialog('chat3', 'Two'), ...press(out, 'Two') });
    assert.match(String(next.payload), /Two it is/);
  });

  it('is not that of another bot which had the dialog before', async () => {
    await scene.deploy({}, { bot: 'greeting', nodes: otherBot('asks-first') });
    const first = await scene.ask(fromDialog('chat4', 'Hi'));
    const before = textsTo('greeting').length;
    const second = await scene.ask(fromDialog('chat4', 'a chair'), 'other');
    assert.match(String(second.payload), /You wrote: a chair/);
    assert.deepEqual([isRestarted(second), at(second, 'session', 'isNew')], [false, true]);
    assert.equal(await scene.store.get(keyOf('chat4')), sessionOf(second));
    const third = await scene.ask(fromDialog('chat4', 'Hi again'));
    assert.match(String(third.payload), /Hello/);
    assert.notEqual(sessionOf(third), sessionOf(first));
    assert.equal(textsTo('greeting').length, before);
  });

  it('is another one in each dialog of two bots side by side', async () => {
    await scene.deploy({}, { bot: 'greeting', nodes: otherBot('choice') });
    await scene.ask(fromDialog('chat5', 'Hi'));
    await scene.ask(fromDialog('chat6', 'Hi'), 'other');
    assert.match(String((await scene.ask(fromDialog('chat5', 'a chair'))).payload), /You wrote: a chair/);
    assert.match(String((await scene.ask(fromDialog('chat6', 'Sales'), 'other')).payload), /You chose Sales/);
  });

  for (const scenario of [
    'session-lost',
    'session-expired',
    'session-broken',
    'session-without-block',
    'old-error-shape',
  ] as const) {
    it(`begins anew once with the same words after ${scenario}`, async () => {
      await scene.deploy({}, { bot: 'asks-first' });
      const first = await scene.ask(fromDialog(scenario, 'Hi'));
      const starts = scene.typebot.requestsOf('start').length;
      scene.typebot.script('asks-first', scenario);
      const second = await scene.ask(fromDialog(scenario, 'a chair'));
      assert.match(String(second.payload), /You wrote: a chair/);
      assert.deepEqual([isRestarted(second), at(second, 'session', 'isNew')], [true, true]);
      assert.notEqual(sessionOf(second), sessionOf(first));
      assert.equal(scene.typebot.requestsOf('start').length, starts + 1);
      const third = await scene.ask(fromDialog(scenario, 'nothing'));
      assert.deepEqual([isRestarted(third), at(third, 'typebot', 'ended')], [false, true]);
      assert.equal(scene.typebot.sessionOf('asks-first').id, sessionOf(second));
    });
  }

  it('takes the variables of the message with which it begins anew', async () => {
    await scene.deploy();
    await scene.ask({ ...fromDialog('chat7', 'Hi'), inputs: { FIRST_NAME: 'Ann' } });
    scene.typebot.script('greeting', 'session-lost');
    const out = await scene.ask({ ...fromDialog('chat7', 'Hello?'), inputs: { FIRST_NAME: 'Ann Lee' } });
    assert.match(String(out.payload), /Hello Ann Lee!/);
  });

  it('is an error when it cannot be begun anew either', async () => {
    await scene.deploy();
    await scene.ask(fromDialog('chat8', 'Hi'));
    scene.typebot.script('greeting', 'session-lost-and-unpublished');
    const out = await scene.ask(fromDialog('chat8', 'a chair'));
    assert.equal(at(out.error, 'code'), 'TYPEBOT_NOT_FOUND');
  });

  for (const [what, bot, first] of [
    ['two first messages', 'asks-first', undefined],
    ['two messages', 'greeting', 'Hi'],
  ] as const) {
    it(`hears ${what} of a dialog one after the other, and another dialog meanwhile`, async () => {
      await scene.deploy({}, { bot, nodes: [chatNode('second')] });
      if (first !== undefined) await scene.ask(fromDialog(what, first));
      scene.seen.out.length = 0;
      const gate = scene.typebot.hold(bot);
      scene.send(fromDialog(what, 'one'));
      scene.send(fromDialog(what, 'two'), 'second');
      await scene.typebot.untilRequest(
        (one) => one.bot === bot && textAt(one.body, 'message', 'text') === 'one',
      );
      // When this is through, the second message would have been, too.
      await scene.ask(fromDialog(`beside ${what}`, 'elsewhere'));
      gate.open();
      await until(() => scene.seen.out.length === 3, 'all answers');
      const [, one, two] = scene.seen.out;
      assert.ok(one && two);
      assert.match(String(one.payload), /You wrote: one/);
      assert.deepEqual([two.payload, at(two, 'typebot', 'ended')], ['', true]);
      assert.equal(at(two, 'typebot', 'resultId'), at(one, 'typebot', 'resultId'));
      assert.equal(scene.typebot.overlaps(), 0);
    });
  }
});
