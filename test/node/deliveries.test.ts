import assert from 'node:assert/strict';
import { announceDelivery, assertOurs, noteReply } from '../../nodes/runtime/deliveries';

describe('the deliveries under way', () => {
  const listen = (eventId: string): { replies: () => number; end: () => void } => {
    let replies = 0;
    const end = announceDelivery(eventId, { replied: () => void (replies += 1) });
    return { replies: () => replies, end };
  };

  it('are told of a reply to their event, and to no other', () => {
    const [one, other] = [listen('one'), listen('other')];
    noteReply('one');
    noteReply('nobody waits for this');
    assert.deepEqual([one.replies(), other.replies()], [1, 0]);
    one.end();
    other.end();
  });

  it('are told nothing once they have ended', () => {
    const one = listen('one');
    one.end();
    noteReply('one');
    assert.equal(one.replies(), 0);
  });

  it('may end while they are told', () => {
    const end = announceDelivery('one', { replied: () => end() });
    noteReply('one');
    noteReply('one');
  });

  it('give way to the next hand-out of their event, and do not end it', () => {
    const first = listen('one');
    const second = listen('one');
    first.end();
    noteReply('one');
    assert.deepEqual([first.replies(), second.replies()], [0, 1]);
    second.end();
  });

  it('tell whether somebody else has the event by now, of their own hand-out alone', async () => {
    let isOurs: () => Promise<boolean> = async () => true;
    const replied = (): void => undefined;
    const end = announceDelivery('one', { attempt: 2, replied, isOurs: () => isOurs() });
    await assertOurs('one', 2);
    isOurs = async () => false;
    await assert.rejects(assertOurs('one', 2), { code: 'EVENT_PASSED_ON' });
    await assertOurs('one', 1);
    await assertOurs('nobody has announced this', 1);
    end();
    await assertOurs('one', 2);
  });

  it('let the answer go out when nobody can be asked', async () => {
    const isOurs = (): Promise<boolean> => Promise.reject(new Error('away'));
    const end = announceDelivery('one', { attempt: 1, replied: () => undefined, isOurs });
    await assertOurs('one', 1);
    end();
  });
});
