import assert from 'node:assert/strict';
import { announceDelivery } from '../../../nodes/runtime/deliveries';
import { createTakeovers, type Takeovers } from '../../../nodes/runtime/bot/takeovers';
import type { Store } from '../../../lib/store/store';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { useRedis } from '../store/redis-bench';

const start = Date.UTC(2026, 0, 1);
const asked = {
  portal: { memberId: 'm1' },
  dialogId: 'chat1',
  eventId: 'event-1',
  receivedAt: new Date(start - 1000).toISOString(),
};
/** The client again, in a dialog that a person has by now; a little later, as its receiver's clock says. */
const ofThePerson = { ...asked, eventId: 'event-2', receivedAt: new Date(start).toISOString() };
const taken = 'taken:["m1","chat1"]';
const open = (): AbortSignal => new AbortController().signal;

/** A run of a bot, which ends when it is told to. */
const untilStopped = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
  });

describe('a dialog that a person takes over at another instance', () => {
  const house = useRedis();
  let clock: ManualClock;
  let stores: [Store, Store];
  let a: Takeovers;
  let b: Takeovers;
  beforeEach(async () => {
    clock = manualClock(start);
    stores = [await house.open(), await house.open()];
    const [first, second] = stores;
    a = createTakeovers({ clock, storeOf: () => async () => first });
    b = createTakeovers({ clock, storeOf: () => async () => second });
  });

  /** Told at B, and in Redis by now. */
  async function takeOver(bitrix: object = ofThePerson): Promise<void> {
    const before = JSON.stringify(await stores[1].get(taken));
    b.announceTakeover(bitrix);
    while (JSON.stringify(await stores[1].get(taken)) === before) await stores[1].flush();
  }

  it('stops the run that is under way here, and whoever waits for the reply waits no more', async () => {
    let begin = (): void => undefined;
    const hasBegun = new Promise<void>((resolve) => (begin = resolve));
    let replies = 0;
    const end = announceDelivery('event-1', { replied: () => (replies += 1) });
    const run = a.whileBotHasDialog(asked, open(), (signal) => {
      begin();
      return untilStopped(signal);
    });
    await hasBegun;
    await takeOver();
    await clock.advance(2000);
    assert.equal(await run, undefined);
    assert.equal(replies, 1);
    assert.equal(clock.pending(), 0);
    end();
  });

  it('is not answered by a run that ends before anybody has looked', async () => {
    const run = a.whileBotHasDialog(asked, open(), async () => {
      await takeOver();
      return 'an answer';
    });
    assert.equal(await run, undefined);
    const failing = a.whileBotHasDialog({ ...asked, receivedAt: undefined }, open(), async () => {
      await takeOver();
      throw new Error('the bot has failed');
    });
    assert.equal(await failing, undefined);
  });

  it('is not answered afterwards either, by what was asked before', async () => {
    await takeOver();
    const sent: string[] = [];
    const answer = async (): Promise<void> => void sent.push('an answer');
    await a.whileBotHasDialog(asked, open(), answer);
    assert.deepEqual(sent, []);
    const later = { ...asked, receivedAt: new Date(start + 1).toISOString() };
    await a.whileBotHasDialog(later, open(), answer);
    await a.whileBotHasDialog({ ...asked, dialogId: 'chat2' }, open(), answer);
    assert.equal(sent.length, 2);
  });

  it('stops the run although the clock of the other one is behind', async () => {
    const behind = { ...ofThePerson, receivedAt: new Date(start - 3000).toISOString() };
    const run = a.whileBotHasDialog(asked, open(), async () => {
      await takeOver(behind);
      return 'an answer';
    });
    assert.equal(await run, undefined);
  });

  it('lets the bot answer the very event that called it back, when word of that comes late', async () => {
    const run = a.whileBotHasDialog(ofThePerson, open(), async () => {
      await takeOver(ofThePerson);
      return 'I am back';
    });
    assert.equal(await run, 'I am back');
  });

  describe('goes by the order of the messages, when clocks differ', () => {
    const said = (messageId: number, at: number, more: object = {}): object => ({
      ...asked,
      ...{ kind: 'message', messageId, receivedAt: new Date(start + at).toISOString(), ...more },
    });
    const ofTheOperator = (at: number): object => said(50, at);
    const answers = (bitrix: object): Promise<string | undefined> =>
      a.whileBotHasDialog(bitrix, open(), async () => 'an answer');

    it('and answers what called the bot back, although the person is ahead of it', async () => {
      clock = manualClock(start + 3000);
      b = createTakeovers({ clock, storeOf: () => async () => stores[1] });
      await takeOver(ofTheOperator(3000));
      assert.equal(await answers(said(51, 1500)), 'an answer');
      assert.equal(await answers(said(49, 4000)), undefined);
      const typed = { kind: 'command', command: { context: 'textarea' } };
      assert.equal(await answers(said(51, 1500, typed)), 'an answer');
    });

    it('and stops what was asked before, however far the person is behind', async () => {
      const run = a.whileBotHasDialog(said(49, 0), open(), async () => {
        await takeOver(ofTheOperator(-10_000));
        return 'an answer';
      });
      assert.equal(await run, undefined);
    });

    it('and stops for a word that comes late, but not for that of what is answered', async () => {
      const late = a.whileBotHasDialog(said(51, 0), open(), async () => {
        await takeOver(ofTheOperator(-10_000));
        return 'an answer';
      });
      assert.equal(await late, undefined);
      const batch = [{ message: 'the bot', message_id: 61, author_id: 9 }];
      const own = a.whileBotHasDialog(said(62, 0, { batch }), open(), async () => {
        await takeOver(said(61, 3));
        return 'I am back';
      });
      assert.equal(await own, 'I am back');
    });

    it('and by the clocks where a button was pressed, which names the message above it', async () => {
      const pressed = { kind: 'command', command: { context: 'keyboard' } };
      await takeOver(ofTheOperator(0));
      assert.equal(await answers(said(40, -1000, pressed)), undefined);
      assert.equal(await answers(said(40, 1000, pressed)), 'an answer');
      assert.equal(await answers(said(51, -1000, pressed)), 'an answer');
    });

    it('also where the person was noticed by the same process', async () => {
      a.announceTakeover(ofTheOperator(0));
      assert.equal(await answers(said(49, 5)), undefined);
      assert.equal(await answers(said(51, -5)), 'an answer');
    });
  });

  it('lets the bot answer in another session', async () => {
    const inSession = (bitrix: object, sessionId: number): object => ({ ...bitrix, openline: { sessionId } });
    const run = a.whileBotHasDialog(inSession(asked, 18), open(), async () => {
      await takeOver(inSession(ofThePerson, 17));
      return 'an answer';
    });
    assert.equal(await run, 'an answer');
  });

  it('is remembered for an hour', async () => {
    await takeOver();
    const [name = ''] = (await house.client().keys('*')).filter((one) => one.includes(taken));
    const left = await house.client().pttl(name);
    assert.ok(left > 59 * 60_000 && left <= 60 * 60_000);
  });
});

describe('take-overs while the store is away', () => {
  it('are known where they were told, and answers do not wait for long', async () => {
    const clock = manualClock(start);
    const never = (): Promise<Store> => new Promise(() => undefined);
    const away = createTakeovers({ clock, storeOf: () => never });
    const answer = away.whileBotHasDialog(asked, open(), async () => 'an answer');
    for (let times = 0; times < 4; times += 1) await clock.advance(2500);
    assert.equal(await answer, 'an answer');

    const broken = createTakeovers({ clock, storeOf: () => () => Promise.reject(new Error('away')) });
    const run = broken.whileBotHasDialog(asked, open(), untilStopped);
    broken.announceTakeover(ofThePerson);
    assert.equal(await run, undefined);
    const late = broken.whileBotHasDialog(ofThePerson, open(), async () => 'an answer');
    assert.equal(await late, 'an answer');
  });
});
