import assert from 'node:assert/strict';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import { systemClock } from '../../lib/core/clock';
import { at, keysAt } from '../../lib/core/fields';
import { createMetrics, type Metrics } from '../../lib/core/metrics';
import { packMetricTable, type PackMetricTable } from '../../lib/core/metric-table';
import { serveOverview } from '../../nodes/runtime/overview';
import { createInstances } from '../../nodes/runtime/overview/instances';
import { createOverview, type Overview } from '../../nodes/runtime/overview/overview';
import { packRedactor } from '../../nodes/runtime/redactor';
import { createMadeUpBoard } from '../support/made-up-boards';
import {
  madeUpCursor,
  madeUpLetters,
  madeUpPortal,
  madeUpReader,
  madeUpStore,
  type MadeUpLetters,
} from '../support/made-up-parts';
import { assertPrometheusText } from '../support/prometheus-text';

describe('the addresses of the overview', () => {
  let overview: Overview;
  let metrics: Metrics<PackMetricTable>;
  let letters: MadeUpLetters;
  const identity = {
    id: 'p1',
    name: 'one:1880',
    pack: '1.0.0',
    nodeRed: '4.1.1',
    node: '20.1.0',
    startedAt: 1,
  };
  const permissions: string[] = [];
  const leaving: (() => void)[] = [];

  const register = (RED: NodeAPI): void => {
    const needsPermission = (permission: string): ReturnType<NodeAPI['auth']['needsPermission']> => {
      permissions.push(permission);
      return RED.auth.needsPermission(permission);
    };
    serveOverview(
      { httpAdmin: RED.httpAdmin, log: RED.log, auth: { needsPermission } },
      { overview, metrics, instances: createInstances({ overview, metrics, identity }) },
    );
  };

  before(async () => {
    overview = createOverview(systemClock);
    metrics = createMetrics(packMetricTable);
    helper.init(require.resolve('node-red'));
    await Promise.resolve(helper.startServer());
    await Promise.resolve(helper.load(register, []));
  });
  after(async () => {
    await Promise.resolve(helper.unload());
    await Promise.resolve(helper.stopServer());
  });
  beforeEach(() => {
    letters = madeUpLetters(['1', '2', '3']);
    leaving.push(overview.add('store', () => madeUpStore(), { id: 's1', letters }));
  });
  afterEach(() => {
    for (const leave of leaving.splice(0)) leave();
  });

  interface Reply {
    status: number;
    headers: Record<string, unknown>;
    body: unknown;
    text: string;
  }
  const post = async (path: string, body: object): Promise<Reply> =>
    helper.request().post(`/bitlane/panel/${path}`).send(body);
  const get = async (path: string): Promise<Reply> => helper.request().get(`/bitlane/${path}`);

  it('need a permission to read, and another one to change or to see what a person wrote', () => {
    assert.deepEqual(permissions, [
      ...['bitlane.read', 'bitlane.read', 'bitlane.read'],
      ...Array.from({ length: 5 }, () => 'bitlane.write'),
    ]);
  });

  it('say that all is well, and with 503 what is not', async () => {
    const well = await get('health');
    assert.deepEqual([well.status, well.body], [200, { status: 'ok', reasons: [] }]);
    assert.equal(well.headers['cache-control'], 'no-store');

    leaving.push(overview.add('portal', () => madeUpPortal({ state: 'failed' })));
    leaving.push(overview.add('portal', () => madeUpPortal({ state: 'unusable' })));
    const poor = await get('health');
    assert.deepEqual([poor.status, poor.body], [503, { status: 'degraded', reasons: ['PORTAL_FAILING'] }]);

    leaving.push(overview.add('store', () => madeUpStore({ state: 'unavailable' })));
    const down = await get('health');
    assert.deepEqual(
      [down.status, down.body],
      [503, { status: 'down', reasons: ['STORE_DOWN', 'PORTAL_FAILING'] }],
    );
  });

  it('give the metrics as Prometheus wants them', async () => {
    leaving.push(overview.add('reader', () => madeUpReader({ waiting: 3 })));
    metrics.count('bitlane_events_received_total');
    const { status, headers, text } = await get('metrics');
    assert.deepEqual([status, headers['content-type']], [200, 'text/plain; version=0.0.4; charset=utf-8']);
    assert.match(text, /^bitlane_events_received_total 1$/m);
    assert.match(text, /^bitlane_events_waiting\{node="r1"\} 3$/m);
    assert.match(text, /^bitlane_ack_seconds_bucket\{le="\+Inf"\} 0$/m);
    assert.doesNotMatch(text, /example|Questions/);
  });

  it('give the panel everything but secrets and what persons wrote', async () => {
    packRedactor.learn('marker-of-routes');
    const name = 'Shop marker-of-routes';
    const lastError = { code: 'BITRIX_AUTH', message: 'https://a.example/rest/1/topsecret/x' };
    leaving.push(overview.add('portal', () => madeUpPortal({ id: 'marker-of-routes', name, lastError })));
    const { status, body, text } = await get('panel');
    assert.equal(status, 200);
    assert.deepEqual(keysAt(body), [
      ...['status', 'problems', 'at', 'portals', 'bots', 'readers', 'pollers', 'stores', 'uploads'],
      ...['cursors', 'silent', 'errors'],
    ]);
    assert.equal(at(body, 'stores', '0', 'letters', '0', 'id'), '1');
    // The id leads to the node and must stay what it is.
    assert.equal(text.split('marker-of-routes').length, 2);
    assert.doesNotMatch(text, /topsecret|text of/);
  });

  it('tell of all processes that share a store, whichever is asked', async () => {
    const board = createMadeUpBoard();
    leaving.push(overview.add('store', () => madeUpStore({ isShared: true }), { board: () => board }));
    const other = createOverview(systemClock);
    const otherMetrics = createMetrics(packMetricTable);
    otherMetrics.count('bitlane_replies_total', {}, 7);
    other.add('store', () => madeUpStore(), { board: () => board.of('p2') });
    const who = { ...identity, id: 'p2', name: 'two:1880', pack: '0.9.0' };
    await createInstances({ overview: other, metrics: otherMetrics, identity: who }).tell();

    leaving.push(overview.add('portal', () => madeUpPortal({ state: 'failed' })));
    const health = await get('health');
    assert.equal(health.status, 503);
    const told = { isSilent: false, ageMs: 0 };
    assert.deepEqual(health.body, {
      ...{ status: 'degraded', reasons: ['PORTAL_FAILING'] },
      instances: [
        { name: 'one:1880', status: 'degraded', isSelf: true, pack: '1.0.0', ...told },
        { name: 'two:1880', status: 'ok', isSelf: false, pack: '0.9.0', ...told },
      ],
    });
    const { body } = await get('panel');
    assert.deepEqual(
      [at(body, 'instances', 'list', '1', 'name'), at(body, 'instances', 'versions')],
      ['two:1880', ['0.9.0', '1.0.0']],
    );
    const { text, headers } = await get('metrics');
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assertPrometheusText(text);
    assert.match(text, /^bitlane_replies_total\{instance="two:1880"\} 7$/m);
    assert.match(text, /^bitlane_dead_letters\{store="s1"\} 0$/m);
  });

  it('let a person say what becomes of an upload whose end nobody knows', async () => {
    const settled: string[] = [];
    const settle = (key: string, how: string): Promise<boolean> => {
      settled.push(`${how} ${key}`);
      return Promise.resolve(key === 'call-1');
    };
    const list = '["eag1",""]';
    const held = [{ key: 'call-1', since: 1000 }];
    const view = { id: 'c1', name: 'Calls', connectionId: 'eag1', list, held, count: 1 };
    leaving.push(overview.add('uploads', () => view, { list, settle }));
    assert.deepEqual(at((await get('panel')).body, 'uploads'), [view]);
    assert.deepEqual((await post('upload', { list, key: 'call-1', how: 'again' })).body, { ok: true });
    assert.deepEqual((await post('upload', { list, key: 'call-2', how: 'forget' })).body, { ok: false });
    assert.deepEqual((await post('upload', { list: 'other', key: 'call-1', how: 'again' })).body, {
      ok: false,
    });
    assert.deepEqual(settled, ['again call-1', 'forget call-2']);
    for (const wrong of [
      { list, key: 'call-1' },
      { list, key: 'call-1', how: 'burn' },
      { list, how: 'again' },
    ]) {
      assert.equal((await post('upload', wrong)).status, 400);
    }
  });

  it('have a cursor do what a person says, and nothing that cannot be read', async () => {
    const done: unknown[] = [];
    const key = 'sync:chats:portal.example:default';
    const act = async (...order: unknown[]): Promise<void> => void done.push(order);
    leaving.push(overview.add('cursor', () => madeUpCursor({ key }), { cursor: { key, act } }));
    assert.deepEqual(at((await get('panel')).body, 'cursors', '0', 'key'), key);
    assert.deepEqual((await post('cursor', { key, action: 'start' })).body, { ok: true });
    assert.deepEqual((await post('cursor', { key, action: 'retry', ids: [4, 5] })).body, { ok: true });
    assert.deepEqual((await post('cursor', { key: 'other', action: 'stop' })).body, { ok: false });
    assert.deepEqual(done, [
      ['start', undefined],
      ['retry', [4, 5]],
    ]);
    for (const wrong of [
      { key, action: 'explode' },
      { action: 'start' },
      { key, action: 'drop', ids: [] },
      { key, action: 'drop', ids: [4, 'all'] },
    ]) {
      assert.equal((await post('cursor', wrong)).status, 400);
    }
  });

  it('start a dead letter again, delete one, and tell when there is none', async () => {
    const replayed = await post('replay', { store: 's1', queue: 'inbox:q', id: '2' });
    assert.deepEqual(replayed.body, { ok: true, count: 1 });
    const discarded = await post('discard', { store: 's1', queue: 'inbox:q', id: '1' });
    assert.deepEqual(discarded.body, { ok: true, count: 1 });
    const again = await post('discard', { store: 's1', queue: 'inbox:q', id: '1' });
    assert.deepEqual(again.body, { ok: false, count: 0 });
    assert.deepEqual([letters.replayed, letters.left.map(({ id }) => id)], [['2'], ['3']]);
  });

  it('do it with all of one store', async () => {
    const other = madeUpLetters(['9']);
    leaving.push(overview.add('store', () => madeUpStore({ id: 's2' }), { id: 's2', letters: other }));
    const { body } = await post('replay', { store: 's1', all: true });
    assert.deepEqual(body, { ok: true, count: 3 });
    assert.deepEqual([letters.left.length, other.left.length], [0, 1]);
  });

  it('show what a person wrote only when asked for one letter', async () => {
    const { body } = await post('letter', { store: 's1', queue: 'inbox:q', id: '3' });
    assert.deepEqual(body, { ok: true, text: 'text of 3' });
    const none = await post('letter', { store: 'nobody', queue: 'inbox:q', id: '3' });
    assert.deepEqual(none.body, { ok: false, text: '' });
  });

  it('take nothing from the forms of other sites, and nothing that names no letter', async () => {
    const form = await helper
      .request()
      .post('/bitlane/panel/discard')
      .type('form')
      .send({ store: 's1', all: 'true' });
    assert.equal(form.status, 415);
    for (const body of [
      { store: 's1', queue: 'inbox:q' },
      { store: 's1', id: '1', all: false },
    ]) {
      assert.equal((await post('discard', body)).status, 400);
      assert.equal((await post('letter', body)).status, 400);
    }
    assert.equal(letters.left.length, 3);
  });

  it('answer in JSON when a store fails', async () => {
    letters.replay = () => Promise.reject(new Error('disk of marker-of-routes is gone'));
    const { status, body } = await post('replay', { store: 's1', queue: 'inbox:q', id: '1' });
    assert.equal(status, 500);
    assert.equal(at(body, 'ok'), false);
    assert.doesNotMatch(JSON.stringify(body), /marker/);
  });
});
