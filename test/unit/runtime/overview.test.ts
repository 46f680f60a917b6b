import assert from 'node:assert/strict';
import { InvalidError } from '../../../lib/core/errors';
import { createMetrics } from '../../../lib/core/metrics';
import { packMetricTable } from '../../../lib/core/metric-table';
import { createEventLetters } from '../../../nodes/runtime/overview';
import { fillGauges } from '../../../nodes/runtime/overview/gauges';
import { healthOf } from '../../../nodes/runtime/overview/health';
import { createOverview, type Overview } from '../../../nodes/runtime/overview/overview';
import { packRedactor } from '../../../nodes/runtime/redactor';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import {
  madeUpBot,
  madeUpLetters,
  madeUpPortal,
  madeUpReader,
  madeUpStore,
} from '../../support/made-up-parts';

describe('the overview', () => {
  let clock: ManualClock;
  let overview: Overview;

  beforeEach(() => {
    clock = manualClock(5000);
    overview = createOverview(clock);
  });

  it('shows what its parts tell, as long as they are there', async () => {
    const leave = overview.add('portal', () => madeUpPortal());
    overview.add('bot', async () => madeUpBot());
    const { at, portals, bots } = await overview.read();
    assert.deepEqual({ at, portals, bots }, { at: 5000, portals: [madeUpPortal()], bots: [madeUpBot()] });
    leave();
    assert.deepEqual((await overview.read()).portals, []);
  });

  it('names a part that throws and one that never answers, and shows the others', async () => {
    const refusal = new InvalidError('STORE_LOCKED', 'in use', { params: { pid: 4 } });
    overview.add('store', () => Promise.reject(refusal), { id: 's1', name: 'Disk' });
    overview.add(
      'bot',
      () => {
        throw new Error('broken');
      },
      { id: 'b1' },
    );
    overview.add('reader', () => new Promise(() => undefined), { id: 'r1', name: 'Questions' });
    overview.add('portal', () => madeUpPortal());
    const reading = overview.read();
    await clock.advance(2000);
    const { silent, portals } = await reading;
    assert.equal(portals.length, 1);
    const told = Object.fromEntries(silent.map((part) => [part.kind, part]));
    assert.deepEqual(told['store']?.trouble, { code: 'STORE_LOCKED', message: 'in use', params: { pid: 4 } });
    assert.deepEqual(told['bot'], {
      kind: 'bot',
      id: 'b1',
      name: '',
      trouble: { code: 'INTERNAL', message: 'broken' },
    });
    assert.deepEqual([told['reader']?.name, told['reader']?.trouble.code], ['Questions', 'SILENT']);
    assert.equal(clock.pending(), 0);
  });

  it('does not ask a part again that has not answered yet', async () => {
    let asked = 0;
    let answer = (): void => undefined;
    overview.add('portal', () => {
      asked += 1;
      return new Promise((resolve) => (answer = () => resolve(madeUpPortal())));
    });
    const readings = [overview.read(), overview.read()];
    await clock.advance(0);
    assert.equal(asked, 1);
    answer();
    assert.deepEqual(
      (await Promise.all(readings)).map(({ portals }) => portals.length),
      [1, 1],
    );
    const next = overview.read();
    await clock.advance(0);
    assert.equal(asked, 2);
    answer();
    await next;
  });

  it('lists dead letters when asked, and says when that fails', async () => {
    const letters = madeUpLetters(['1', '2', '3']);
    overview.add('store', () => madeUpStore({ deadLetters: 3 }), { id: 's1', letters });
    const broken = { ...madeUpLetters([]), list: () => Promise.reject(new Error('no list')) };
    overview.add('store', () => madeUpStore({ id: 's2' }), { id: 's2', letters: broken });
    assert.deepEqual(
      (await overview.read()).stores.map((store) => store.letters),
      [[], []],
    );
    const [first, second] = (await overview.read({ letters: 2 })).stores;
    assert.deepEqual(
      first?.letters.map(({ id }) => id),
      ['1', '2'],
    );
    assert.deepEqual(second?.lastErrors, [{ code: 'INTERNAL', message: 'no list' }]);
    assert.equal(overview.letters('s1'), letters);
    assert.equal(overview.letters('nobody'), undefined);
  });

  it('keeps the last fifty errors, one place for each that repeats itself, and no secret', async () => {
    packRedactor.learn('marker-of-overview');
    const note = (nodeId: string, code: string, at: number): void =>
      overview.noteError({ nodeId, nodeType: 'bitrix-in', code, message: 'key marker-of-overview', at });
    for (let at = 0; at < 60; at += 1) note(`n${at}`, 'INTERNAL', at);
    note('n20', 'INTERNAL', 100);
    const { errors } = await overview.read();
    assert.equal(errors.length, 50);
    assert.deepEqual([errors[0]?.nodeId, errors[0]?.at, errors[0]?.times], ['n20', 100, 2]);
    assert.equal(errors.at(-1)?.nodeId, 'n10');
    assert.doesNotMatch(JSON.stringify(errors), /marker/);
  });

  describe('tells of an error that it is over', () => {
    const note = (nodeId: string, code: string, isAtStart = false): void =>
      overview.noteError({ nodeId, nodeType: 'bitrix-in', code, message: 'no', at: 1, isAtStart });
    const mended = async (): Promise<unknown[]> =>
      (await overview.read()).errors
        .toReversed()
        .map(({ nodeId, code, mendedAt }) => [nodeId, code, mendedAt]);

    it('when its node has done its work, as far as that goes, until it comes again', async () => {
      note('n1', 'EVENT_DEAD');
      note('n1', 'EVENT_CONFLICT');
      note('n2', 'EVENT_DEAD');
      overview.noteRecovery('n1', { of: 'work', isOver: (code) => code !== 'EVENT_CONFLICT' });
      assert.deepEqual(await mended(), [
        ['n1', 'EVENT_DEAD', 5000],
        ['n1', 'EVENT_CONFLICT', undefined],
        ['n2', 'EVENT_DEAD', undefined],
      ]);
      await clock.advance(1000);
      overview.noteRecovery('n1', { of: 'work' });
      assert.deepEqual((await mended()).slice(0, 2), [
        ['n1', 'EVENT_DEAD', 5000],
        ['n1', 'EVENT_CONFLICT', 6000],
      ]);
      note('n1', 'EVENT_DEAD');
      assert.deepEqual((await mended()).at(-1), ['n1', 'EVENT_DEAD', undefined]);
    });

    it('when a node could be made, of what kept it from that alone', async () => {
      note('n1', 'CONFIG_EMPTY', true);
      note('n1', 'DIFY_AUTH');
      overview.noteRecovery('n1', { of: 'start' });
      assert.deepEqual(await mended(), [
        ['n1', 'CONFIG_EMPTY', 5000],
        ['n1', 'DIFY_AUTH', undefined],
      ]);
      const [later] = (await overview.read()).errors;
      assert.deepEqual([later?.code, later?.isBeforeDeploy], ['DIFY_AUTH', true]);
    });

    it('when its node is gone', async () => {
      note('n1', 'DIFY_AUTH');
      note('n2', 'DIFY_AUTH');
      overview.noteGone((id) => id === 'n2');
      assert.deepEqual(await mended(), [
        ['n1', 'DIFY_AUTH', 5000],
        ['n2', 'DIFY_AUTH', undefined],
      ]);
    });
  });

  describe('as health', () => {
    const statusOf = async (): Promise<string[]> => {
      const { status, problems } = healthOf(await overview.read());
      return [status, ...problems.map(({ code }) => code)];
    };

    it('is well when nothing is there and when all is well', async () => {
      assert.deepEqual(await statusOf(), ['ok']);
      overview.add('portal', () => madeUpPortal());
      overview.add('bot', () => madeUpBot());
      overview.add('store', () => madeUpStore({ deadLetters: 4 }));
      overview.add('reader', () => madeUpReader({ waiting: 9, oldestMs: 9 * 60_000 }));
      overview.add('poller', () => ({ id: '', name: '', state: 'ok', taken: 1, failures: 0 }));
      assert.deepEqual(await statusOf(), ['ok']);
    });

    it('is down when a store takes nothing or cannot be opened', async () => {
      const leave = overview.add('store', () => madeUpStore({ state: 'unavailable' }));
      assert.deepEqual(await statusOf(), ['down', 'STORE_DOWN']);
      leave();
      overview.add('store', () => Promise.reject(new InvalidError('STORE_LOCKED', 'in use')));
      assert.deepEqual(await statusOf(), ['down', 'STORE_DOWN']);
    });

    it('is only degraded by a store that is away while events can wait on this machine', async () => {
      overview.add('store', () => madeUpStore({ state: 'unavailable', local: 0 }));
      assert.deepEqual(await statusOf(), ['degraded', 'STORE_AWAY']);
    });

    it('is degraded by whatever else needs a look', async () => {
      overview.add('portal', () => madeUpPortal({ state: 'failed' }));
      const poller = { state: 'failing' as const, taken: 0, failures: 3 };
      overview.add('bot', () => madeUpBot({ portals: [{ domain: 'a', state: 'unusable' }], poller }));
      overview.add('reader', () => madeUpReader({ oldestMs: 11 * 60_000 }));
      assert.deepEqual(await statusOf(), [
        'degraded',
        'PORTAL_FAILING',
        'BOT_FAILING',
        'POLLER_FAILING',
        'EVENTS_OLD',
      ]);
    });

    it('names a bot that cannot answer at all, and not one that could not be set up anew', async () => {
      const failed = (code: string, botId?: number) => {
        const lastError = { code, message: 'no' };
        return { portals: [{ domain: 'a', botId, state: 'unusable' as const, lastError }] };
      };
      for (const [changes, code] of [
        [failed('BITRIX_BOT_TAKEN'), 'BOT_SILENT'],
        [failed('BITRIX_REFUSED'), 'BOT_FAILING'],
        [{ ...failed('BITRIX_REFUSED'), mode: 'fetch' as const }, 'BOT_SILENT'],
        [{ ...failed('BITRIX_UNREACHABLE', 7), mode: 'fetch' as const }, 'BOT_FAILING'],
      ] as const) {
        const leave = overview.add('bot', () => madeUpBot(changes));
        assert.deepEqual(await statusOf(), ['degraded', code]);
        leave();
      }
    });

    it('names two nodes that want the same events, and leaves what is wrong with a bot to the bot', async () => {
      const trouble = (code: string) => ({ trouble: { code, message: 'no' } });
      overview.add('reader', () => madeUpReader(trouble('BITRIX_BOT_TAKEN')));
      assert.deepEqual(await statusOf(), ['ok']);
      overview.add('reader', () => madeUpReader({ ...trouble('EVENT_CONFLICT'), oldestMs: 11 * 60_000 }));
      assert.deepEqual(await statusOf(), ['degraded', 'EVENTS_WANTED_TWICE', 'EVENTS_OLD']);
    });

    it('names a node that cannot work as it is set up, until it can', async () => {
      const error = { nodeType: 'dify-chatflow', message: 'empty', at: 1 };
      overview.noteError({ ...error, nodeId: 'n1', nodeName: 'Ask', code: 'CONFIG_EMPTY', isAtStart: true });
      overview.noteError({ ...error, nodeId: 'n2', code: 'CONFIG_UNUSABLE', isAtStart: true });
      assert.deepEqual(healthOf(await overview.read()).problems, [
        {
          ...{ code: 'NODE_UNUSABLE', kind: 'node', id: 'n1', name: 'Ask', nodeType: 'dify-chatflow' },
          trouble: { code: 'CONFIG_EMPTY', message: 'empty', params: undefined },
        },
      ]);
      overview.noteRecovery('n1', { of: 'start' });
      assert.deepEqual(await statusOf(), ['ok']);
    });
  });

  it('fills the gauges, without the folder of a store', async () => {
    const metrics = createMetrics(packMetricTable);
    overview.add('reader', () => madeUpReader({ waiting: 3, running: 2, oldestMs: 1500 }));
    overview.add('store', () => madeUpStore({ id: '', state: 'unavailable', deadLetters: 5 }));
    const store = createMemoryStore();
    await store.set('a', 1);
    const stats = await store.stats();
    const journal = {
      ...{ journalBytes: 100, snapshotBytes: 50, unsyncedBytes: 1, fsyncs: 9 },
      fsyncMs: { median: 2, p99: 40, longest: 50 },
      ...{ lastSnapshot: undefined, snapshotFault: undefined },
    };
    overview.add('store', () => madeUpStore({ stats: { ...stats, journal } }));
    fillGauges(metrics, await overview.read());
    const lines = metrics.render().split('\n');
    for (const line of [
      'bitlane_events_waiting{node="r1"} 3',
      'bitlane_events_running{node="r1"} 2',
      'bitlane_oldest_waiting_seconds{node="r1"} 1.5',
      'bitlane_dead_letters{store="shared"} 5',
      'bitlane_store_unavailable{store="shared"} 1',
      'bitlane_store_unavailable{store="s1"} 0',
      'bitlane_store_keys{store="s1"} 1',
      'bitlane_store_journal_bytes{store="s1"} 100',
      'bitlane_store_fsync_median_seconds{store="s1"} 0.002',
      'bitlane_store_fsync_p99_seconds{store="s1"} 0.04',
    ]) {
      assert.ok(lines.includes(line), line);
    }
    assert.doesNotMatch(lines.join('\n'), /somewhere/);
    await store.close();
  });
});

describe('the dead letters of a store with events', () => {
  it('are described without what the person wrote, which is told when asked for', async () => {
    const store = createMemoryStore();
    const event = {
      ...{ kind: 'message', eventId: 'e1', redelivered: false, dialogId: 'chat12', text: 'my secret wish' },
      ...{ portal: { memberId: 'm1', domain: 'a.example' }, bot: { id: 7, code: 'helper' } },
      ...{ user: { id: 1 }, chat: { title: '' }, files: [] },
    };
    for (const payload of [{ event, tokens: {} }, 'of another version']) {
      await store.append('inbox:q', payload);
      const claim = await store.claim('inbox:q', { owner: 'o', leaseMs: 1000 });
      assert.ok(claim);
      await store.bury(claim, { reason: 'DIFY_AUTH' });
    }
    const letters = createEventLetters(
      async () => store,
      (queue, id) => store.replay(queue, id),
    );
    const [first, second] = await letters.list(10);
    assert.ok(first && second);
    assert.deepEqual(first.what, { kind: 'message', bot: 'helper', dialog: 'chat12' });
    assert.deepEqual([first.reason, first.attempts], ['DIFY_AUTH', 1]);
    assert.deepEqual(second.what, { kind: '', bot: '', dialog: '' });
    assert.doesNotMatch(JSON.stringify([first, second]), /wish/);
    assert.equal(await letters.text(first.queue, first.id), 'my secret wish');
    assert.equal(await letters.text(first.queue, 'nobody'), undefined);
    assert.equal((await letters.list(1)).length, 1);
    assert.equal(await letters.replay(first.queue, first.id), true);
    assert.equal(await letters.discard(second.queue, second.id), true);
    assert.equal(await letters.discard(second.queue, second.id), false);
    assert.deepEqual(await letters.list(10), []);
    await store.close();
  });
});
