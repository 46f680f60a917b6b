import assert from 'node:assert/strict';
import { CancelledError, UnreachableError } from '../../../lib/core/errors';
import { at } from '../../../lib/core/fields';
import type { Part } from '../../../lib/core/parts';
import type { FileSource } from '../../../lib/bitrix24/reply/file-source';
import { SENT_RECORD_LIFE_MS } from '../../../lib/bitrix24/reply/sent-record';
import { until } from '../../support/until';
import { restBench } from '../bitrix24-rest/support';
import { plain } from '../bitrix24-traps/support';
import { assertTold, keysOf, openDesk, refusal, sendMethod, severalMessages } from './support';

const bench = restBench();
const operatorMethod = 'imopenlines.bot.session.operator';

describe('an event that is handed out again', function () {
  for (const [how, repeat] of [
    ['by its attempt', { attempt: 2 }],
    ['by its mark', { redelivered: true }],
  ] as const) {
    it(`does not repeat an answer that is out, known ${how}`, async () => {
      const desk = await openDesk(bench);
      const first = await desk.answers('Here you are');
      const calls = desk.portal.calls.length;
      desk.restart();
      const again = await desk.answers('In other words', repeat);
      assertTold(again, first.sent);
      assert.equal(first.sent.length, 1);
      assert.deepEqual(desk.texts(), ['Here you are']);
      assert.equal(desk.portal.calls.length, calls);
    });
  }

  it('does not repeat an answer of several pieces', async () => {
    const desk = await openDesk(bench);
    const first = await desk.answers(severalMessages('one', 'two', 'three'));
    assert.equal(first.sent.length, 3);
    desk.restart();
    assertTold(await desk.answers(severalMessages('1', '2', '3', '4'), { attempt: 2 }), first.sent);
    assert.deepEqual(desk.texts(), ['one', 'two', 'three']);
  });

  it('goes on with the answer that broke off, not with the words of the next run', async () => {
    const desk = await openDesk(bench);
    desk.portal.failNext({ method: sendMethod, with: refusal });
    const broken = await desk.answers(severalMessages('one', 'two', 'three'));
    assert.equal(at(broken.failed, 'code'), 'BITRIX_REFUSED', 'the first piece is refused');
    desk.restart();
    // Nothing of the first run was seen, so this is a new answer.
    const cutOff = desk.answers(severalMessages('uno', 'due', 'tre'), {
      attempt: 2,
      clock: {
        now: Date.now,
        async sleep() {
          desk.portal.failNext({ method: sendMethod, with: refusal });
        },
      },
    });
    const { sent, failed } = await cutOff;
    assert.equal(at(failed, 'code'), 'BITRIX_REFUSED');
    assert.deepEqual([sent.length, desk.texts()], [1, ['uno']]);
    desk.restart();
    const last = await desk.answers('something else', { attempt: 3 });
    assert.equal(last.failed, undefined);
    assert.deepEqual(desk.texts(), ['uno', 'due', 'tre']);
    assert.deepEqual(
      last.sent,
      desk.portal.messages(desk.chat).map(({ id }) => id),
    );
  });

  it('keeps the buttons of an answer that broke off', async () => {
    const desk = await openDesk(bench);
    const choices: Part = { type: 'choices', prompt: 'Which?', items: [{ id: 'a', label: 'Yes' }] };
    const fail = async (): Promise<void> => desk.portal.failNext({ method: sendMethod, with: refusal });
    await desk.answers([plain('one'), { type: 'wait', ms: 1 }, choices], {
      clock: { now: Date.now, sleep: fail },
    });
    desk.restart();
    assert.equal((await desk.answers('no buttons', { attempt: 2 })).failed, undefined);
    assert.deepEqual(desk.texts(), ['one', 'Which?\n\n1. Yes']);
    assert.ok(await desk.memory.get(desk.choicesKey), 'the choices that are shown are forgotten');
    const keyboard = desk.portal.messages(desk.chat).at(-1)?.keyboard;
    assert.match(JSON.stringify(keyboard), /"Yes"/);
  });

  it('keeps what the person may choose from, whatever the flow says the second time', async () => {
    const desk = await openDesk(bench);
    const choices: Part = { type: 'choices', prompt: 'Which?', items: [{ id: 'a', label: 'Yes' }] };
    await desk.answers('one moment');
    await desk.answers([choices]);
    const offered = await desk.memory.get(desk.choicesKey);
    assert.deepEqual(offered, { items: [{ id: 'a', label: 'Yes' }], multiple: false });
    desk.restart();
    await desk.answers('one moment', { attempt: 2 });
    await desk.answers('none', { attempt: 2 });
    assert.deepEqual(await desk.memory.get(desk.choicesKey), offered);
    await desk.answers('none', { eventId: 'event-2' });
    assert.equal(await desk.memory.get(desk.choicesKey), undefined);
  });

  it('does not repeat what may have arrived, and goes on behind it', async () => {
    const desk = await openDesk(bench);
    desk.portal.failNext({ method: sendMethod, with: 'answer-lost' });
    const lost = await desk.answers(severalMessages('one', 'two'));
    assert.ok(lost.failed instanceof UnreachableError && lost.failed.sent, String(lost.failed));
    assert.deepEqual(lost.sent, [null]);
    desk.restart();
    const { sent, failed } = await desk.answers(severalMessages('1', '2'), { attempt: 2 });
    assert.equal(failed, undefined);
    assert.deepEqual(desk.texts(), ['one', 'two']);
    assert.deepEqual(sent, [null, desk.portal.messages(desk.chat)[1]?.id]);
  });

  it('does not repeat an only piece that may have arrived', async () => {
    const desk = await openDesk(bench);
    desk.portal.failNext({ method: sendMethod, with: 'answer-lost' });
    await desk.answers('once');
    desk.restart();
    assertTold(await desk.answers('twice', { attempt: 2 }), [null]);
    assert.deepEqual(desk.texts(), ['once']);
  });

  it('is answered when the portal refused the answer before', async () => {
    const desk = await openDesk(bench);
    desk.portal.failNext({ method: sendMethod, with: refusal });
    assert.equal(at((await desk.answers('refused')).failed, 'code'), 'BITRIX_REFUSED');
    desk.restart();
    assert.equal((await desk.answers('taken', { attempt: 2 })).failed, undefined);
    assert.deepEqual(desk.texts(), ['taken']);
  });

  it('counts the answers of one node, and of each node by itself', async () => {
    const desk = await openDesk(bench);
    await desk.answers('one moment');
    desk.portal.failNext({ method: sendMethod, with: refusal });
    await desk.answers('the answer');
    await desk.answers('of another node', { nodeId: 'other' });
    desk.restart();
    for (const attempt of [2, 3]) {
      await desk.answers('one moment', { attempt });
      await desk.answers('the answer', { attempt });
      await desk.answers('of another node', { attempt, nodeId: 'other' });
    }
    assert.deepEqual(desk.texts(), ['one moment', 'of another node', 'the answer']);
  });

  it('is told apart from another event', async () => {
    const desk = await openDesk(bench);
    await desk.answers('first');
    await desk.answers('second', { eventId: 'event-2', attempt: 2 });
    assert.deepEqual(desk.texts(), ['first', 'second']);
  });

  describe('with a file', () => {
    const bytes = (): Part => ({ type: 'file', name: 'bill.txt', data: Buffer.from('7 EUR') });

    async function broken() {
      const desk = await openDesk(bench);
      desk.portal.failNext({ method: 'imbot.v2.File.upload', with: refusal });
      const { sent } = await desk.answers([plain('one'), bytes(), plain('three')]);
      assert.deepEqual([sent.length, desk.texts()], [1, ['one']]);
      desk.restart();
      return desk;
    }

    it('whose bytes are not kept takes those that the flow answers with now', async () => {
      const desk = await broken();
      const again = await desk.answers([plain('ONE'), bytes(), plain('THREE')], { attempt: 2 });
      assert.deepEqual([again.failed, again.notices], [undefined, []]);
      assert.deepEqual(desk.texts(), ['one', 'file bill.txt', 'three']);
    });

    it('that the flow does not answer with any more leaves it out, and says so', async () => {
      const desk = await broken();
      const again = await desk.answers('no file', { attempt: 2 });
      assert.equal(again.failed, undefined);
      assert.deepEqual(
        again.notices.map((notice) => at(notice, 'code')),
        ['INPUT_INVALID'],
      );
      assert.deepEqual(desk.texts(), ['one', 'three']);
    });

    it('that was still being read when its node was closed is sent', async () => {
      const desk = await openDesk(bench);
      const closing = new AbortController();
      const files: FileSource = {
        read: (_file, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new CancelledError()));
            closing.abort();
          }),
      };
      const first = await desk.answers([bytes()], { signal: closing.signal, files });
      assert.equal(at(first.failed, 'code'), 'CANCELLED');
      desk.restart();
      assert.equal((await desk.answers([bytes()], { attempt: 2 })).failed, undefined);
      assert.deepEqual(desk.texts(), ['file bill.txt']);
    });

    it('that could not be read is sent when it can be', async () => {
      const desk = await openDesk(bench);
      const missing: Part = { type: 'file', name: 'a.txt', path: '/nowhere/at/all.txt' };
      assert.equal(at((await desk.answers([missing])).failed, 'code'), 'INPUT_INVALID');
      desk.restart();
      assert.equal((await desk.answers([bytes()], { attempt: 2 })).failed, undefined);
      assert.deepEqual(desk.texts(), ['file bill.txt']);
    });
  });

  describe('while the store cannot be used', () => {
    it('is answered the first time, with a notice', async () => {
      const desk = await openDesk(bench);
      desk.breakStore();
      const { failed, notices } = await desk.answers(severalMessages('one', 'two'));
      assert.equal(failed, undefined);
      assert.deepEqual(desk.texts(), ['one', 'two']);
      assert.deepEqual([...new Set(notices.map((notice) => at(notice, 'code')))], ['STORE_UNAVAILABLE']);
    });

    it('is not answered again, and goes wrong, until the record can be read', async () => {
      const desk = await openDesk(bench);
      await desk.answers('once');
      const calls = desk.portal.calls.length;
      const mend = desk.breakStore();
      desk.restart();
      const toOperator = { onFailure: 'operator', failureText: 'Sorry' } as const;
      const { failed } = await desk.answers('twice', { attempt: 2, ...toOperator });
      assert.equal(at(failed, 'code'), 'STORE_UNAVAILABLE');
      assert.equal(desk.portal.calls.length, calls, 'nobody is called for what will be tried again');
      mend();
      assert.equal((await desk.answers('twice', { attempt: 3 })).failed, undefined);
      assert.deepEqual(desk.texts(), ['once']);
    });

    it('goes on with an answer whose progress cannot be noted', async () => {
      const desk = await openDesk(bench);
      desk.portal.failNext({ method: sendMethod, with: 'answer-lost' });
      await desk.answers(severalMessages('one', 'two', 'three'));
      desk.restart();
      let mend = (): void => undefined;
      const sleep = async (): Promise<void> => void (mend = desk.breakStore());
      const { failed } = await desk.answers('x', { attempt: 2, clock: { now: Date.now, sleep } });
      mend();
      assert.equal(failed, undefined);
      assert.deepEqual(desk.texts(), ['one', 'two', 'three']);
    });
  });

  it('is apologised for once, and brings one operator', async () => {
    const desk = await openDesk(bench);
    const settings = { onFailure: 'operator', failureText: 'Sorry' } as const;
    desk.portal.failNext({ method: sendMethod, with: refusal });
    const { failed, handOverFailures } = await desk.answers('never', { attempt: 1, ...settings });
    assert.equal(at(failed, 'code'), 'BITRIX_REFUSED');
    assert.deepEqual(handOverFailures, []);
    desk.restart();
    // The dialog is with a person now: there is nothing left to be said, and nothing that could fail.
    assert.equal((await desk.answers('never', { attempt: 2, ...settings })).failed, undefined);
    assert.deepEqual(desk.texts(), ['Sorry']);
    assert.equal(desk.portal.calls.filter(({ method }) => method === operatorMethod).length, 1);
  });

  it('apologises and calls an operator in the next run when the portal refused both', async () => {
    const desk = await openDesk(bench);
    const settings = { onFailure: 'operator', failureText: 'Sorry' } as const;
    desk.portal.failNext({ method: sendMethod, with: refusal, times: 2 });
    desk.portal.failNext({ method: operatorMethod, with: refusal });
    assert.equal((await desk.answers('never', settings)).handOverFailures.length, 2);
    desk.restart();
    desk.portal.failNext({ method: sendMethod, with: refusal });
    const { handOverFailures } = await desk.answers('never', { attempt: 2, ...settings });
    assert.deepEqual(handOverFailures, []);
    assert.deepEqual(desk.texts(), ['Sorry']);
    assert.equal(typeof desk.chat.openLine?.session?.operator, 'number');
  });

  it('apologises no second time when the first may have arrived', async () => {
    const desk = await openDesk(bench);
    const settings = { onFailure: 'operator', failureText: 'Sorry' } as const;
    desk.portal.failNext({ method: sendMethod, with: refusal });
    desk.portal.failNext({ method: sendMethod, with: 'answer-lost' });
    desk.portal.failNext({ method: operatorMethod, with: refusal });
    await desk.answers('never', settings);
    desk.restart();
    desk.portal.failNext({ method: sendMethod, with: refusal });
    await desk.answers('never', { attempt: 2, ...settings });
    assert.deepEqual(desk.texts(), ['Sorry']);
  });

  it('waits for an answer that an earlier hand-out is still giving', async () => {
    const desk = await openDesk(bench);
    let goOn = (): void => undefined;
    const paused = new Promise<void>((resolve) => (goOn = resolve));
    let isPaused = false;
    const clock = {
      now: Date.now,
      sleep: () => {
        isPaused = true;
        return paused;
      },
    };
    const first = desk.answers(severalMessages('one', 'two'), { clock });
    await until(() => isPaused, 'the pause');
    const second = desk.answers(severalMessages('1', '2'), { attempt: 2 });
    goOn();
    assertTold(await second, (await first).sent);
    assert.deepEqual(desk.texts(), ['one', 'two']);
  });

  it('is not answered by a latecomer of the first hand-out', async () => {
    const desk = await openDesk(bench);
    await desk.answers('by the second', { attempt: 2 });
    await desk.answers('by the first', { attempt: 1 });
    assert.deepEqual(desk.texts(), ['by the second']);
  });

  it('does not repeat what was on its way when its node was closed', async () => {
    const desk = await openDesk(bench);
    const closing = new AbortController();
    desk.portal.failNext({ method: sendMethod, with: 'hang' });
    const first = desk.answers(severalMessages('one', 'two'), { signal: closing.signal });
    await until(() => desk.portal.calls.length === 1, 'the send');
    closing.abort();
    // A deploy closes both beside the node.
    const reopen = desk.breakStore();
    desk.rest.close();
    assert.equal(at((await first).failed, 'code'), 'CANCELLED');
    reopen();
    const record: unknown = await desk.memory.get('sent:event-1:reply:0');
    assert.deepEqual(record, { done: 1, total: 3, ids: [null] });
  });

  it('leaves no record of a piece that was not begun when its node was closed', async () => {
    const desk = await openDesk(bench);
    const closing = new AbortController();
    const clock = { now: Date.now, sleep: async () => closing.abort() };
    const { failed } = await desk.answers(severalMessages('one', 'two'), { signal: closing.signal, clock });
    assert.equal(at(failed, 'code'), 'CANCELLED');
    desk.restart();
    assert.equal((await desk.answers('x', { attempt: 2 })).failed, undefined);
    assert.deepEqual(desk.texts(), ['one', 'two']);
  });

  it('keeps its records for a day, and none of what no event began', async () => {
    const desk = await openDesk(bench);
    await desk.answers('by itself', { eventId: undefined });
    await desk.answers('by itself', { eventId: undefined });
    assert.deepEqual(desk.texts(), ['by itself', 'by itself']);
    assert.deepEqual(await keysOf(desk.memory), []);
    await desk.answers(severalMessages('one', 'two'));
    const lives: Record<string, boolean> = {};
    for await (const { key, ttlMs = Infinity } of desk.memory.scan(''))
      lives[key] = ttlMs <= SENT_RECORD_LIFE_MS;
    assert.deepEqual(lives, { 'sent:event-1:reply:0': true, 'sent:event-1:reply:0:plan': true });
  });

  it('plans no answer of one piece', async () => {
    const desk = await openDesk(bench);
    await desk.answers([plain('one'), { type: 'wait', ms: 1 }]);
    assert.deepEqual(await keysOf(desk.memory), ['sent:event-1:reply:0']);
  });

  it('is answered whole before the next answer in its dialog', async () => {
    const desk = await openDesk(bench);
    await Promise.all([
      desk.answers(severalMessages('one', 'two')),
      desk.answers('three', { eventId: 'event-2' }),
      desk.answers('four', { eventId: undefined }),
    ]);
    assert.deepEqual(desk.texts(), ['one', 'two', 'three', 'four']);
  });
});
