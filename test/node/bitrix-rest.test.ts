import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import helper, { type TestFlowsItem } from 'node-red-node-test-helper';
import { at, entriesAt } from '../../lib/core/fields';
import type { Message } from '../../nodes/runtime/shell';
import registerPortal from '../../nodes/config/bitrix-portal/bitrix-portal';
import registerRest from '../../nodes/bitrix-rest/bitrix-rest';
import { startPortal, type Portal } from '../../sandbox/bitrix24';
import { until } from '../support/until';

interface FlowItem extends TestFlowsItem {
  scope?: string[] | null;
  [property: string]: unknown;
}

describe('bitrix-rest', () => {
  let portal: Portal;
  let userDir: string;

  before(async () => {
    portal = await startPortal({ limits: 'off' });
    userDir = mkdtempSync(join(tmpdir(), 'bitlane-rest-'));
    helper.init(require.resolve('node-red'));
    helper.settings({ userDir });
    await Promise.resolve(helper.startServer());
  });
  afterEach(() => Promise.resolve(helper.unload()));
  after(async () => {
    await Promise.resolve(helper.stopServer());
    helper.settings({});
    await portal.stop();
    rmSync(userDir, { recursive: true, force: true });
  });

  /** Sends one message through a node with these settings; gives what came out and what was caught. */
  async function run(
    settings: object,
    message: Record<string, unknown>,
  ): Promise<{ out: Message[]; caught: Message[] }> {
    const flow: FlowItem[] = [
      { id: 'flow-1', type: 'tab' },
      { id: 'conf', type: 'bitrix-portal', authType: 'webhook', path: 'events', plan: 'standard' },
      { id: 'node', type: 'bitrix-rest', z: 'flow-1', portal: 'conf', wires: [['out']], ...settings },
      { id: 'catcher', type: 'catch', z: 'flow-1', scope: null, wires: [['caught']] },
      { id: 'out', type: 'helper', z: 'flow-1' },
      { id: 'caught', type: 'helper', z: 'flow-1' },
    ];
    const credentials = { conf: { webhookUrl: portal.webhookUrl } };
    await Promise.resolve(helper.load([registerPortal, registerRest], flow, credentials));
    const seen = { out: [] as Message[], caught: [] as Message[] };
    for (const name of ['out', 'caught'] as const) {
      helper.getNode(name).on('input', (received) => void seen[name].push(received));
    }
    helper.getNode('node').receive(message);
    await until(() => seen.out.length + seen.caught.length > 0, 'an outcome');
    return seen;
  }

  it('calls a method and gives back its result, its time, and the rest of the message', async () => {
    const { out } = await run({ mode: 'call', method: 'profile' }, { payload: {}, keep: 'me' });
    assert.equal(at(out[0], 'payload', 'ADMIN'), true);
    assert.equal(out[0]?.keep, 'me');
    assert.ok(at(out[0], 'rest', 'time', 'duration') !== undefined);
  });

  it('makes many calls in one request, and gives each its own outcome', async () => {
    const before = portal.httpRequests;
    const payload = {
      me: { method: 'profile' },
      wrong: { method: 'no.such.method' },
      now: { method: 'server.time' },
    };
    const { out } = await run({ mode: 'batch' }, { payload });
    assert.equal(portal.httpRequests - before, 1);
    assert.ok(at(out[0], 'payload', 'me', 'ID') !== undefined);
    assert.ok(at(out[0], 'payload', 'now') !== undefined);
    assert.match(String(at(out[0], 'rest', 'errors', 'wrong', 'message')), /ERROR_METHOD_NOT_FOUND/);
  });

  it('keeps the order of a list of calls', async () => {
    const payload = [{ method: 'server.time' }, { method: 'profile' }];
    const { out } = await run({ mode: 'batch' }, { payload });
    assert.equal(entriesAt(out[0], 'payload').length, 2);
    assert.ok(at(out[0], 'payload', '1', 'ID') !== undefined);
  });

  it('reads all pages of a list, joined or a message each, numbered for the join node', async () => {
    for (let count = 0; count < 120; count += 1) portal.addUser({ name: `Colleague ${count}` });
    const joined = await run(
      { mode: 'list', method: 'user.get', pages: 'join', fast: false },
      { payload: {} },
    );
    const rows = entriesAt(joined.out[0], 'payload');
    assert.ok(rows.length >= 120);
    assert.equal(new Set(rows.map((row) => at(row, 'ID'))).size, rows.length);
    await Promise.resolve(helper.unload());

    const { out } = await run(
      { mode: 'list', method: 'user.get', pages: 'each', fast: false },
      { payload: {} },
    );
    await until(() => at(out.at(-1), 'parts', 'count') !== undefined, 'the last page');
    assert.equal(out.flatMap((message) => entriesAt(message, 'payload')).length, rows.length);
    assert.deepEqual(
      out.map((message) => at(message, 'parts', 'index')),
      out.map((_, index) => index),
    );
    assert.equal(at(out.at(-1), 'parts', 'count'), out.length);
    assert.equal(new Set(out.map((message) => at(message, 'parts', 'id'))).size, 1);
  });

  it('says that a method cannot be read by ids, rather than giving half of the rows', async () => {
    const { caught } = await run({ mode: 'list', method: 'user.get', fast: true }, { payload: {} });
    assert.equal(at(caught[0], 'error', 'code'), 'INPUT_INVALID');
  });

  for (const [what, settings, payload, code] of [
    ['an unknown method', { mode: 'call', method: 'no.such.method' }, {}, 'BITRIX_REFUSED'],
    ['parameters that are no object', { mode: 'call', method: 'profile' }, [1], 'INPUT_INVALID'],
    ['a batch without methods', { mode: 'batch' }, { a: {} }, 'INPUT_INVALID'],
    ['no method', { mode: 'call', method: '' }, {}, 'CONFIG_EMPTY'],
  ] as const) {
    it(`hands ${what} to the Catch node`, async () => {
      const { caught } = await run(settings, { payload });
      assert.equal(at(caught[0], 'error', 'code'), code);
      assert.ok(!JSON.stringify(caught).includes(portal.state.webhook.secret));
    });
  }

  it('does not call a portal that the message does not come from', async () => {
    const bitrix = { portal: { memberId: 'another', domain: 'evil.example.com' } };
    const { caught } = await run({ mode: 'call', method: 'profile' }, { payload: {}, bitrix });
    assert.equal(at(caught[0], 'error', 'code'), 'INPUT_INVALID');
  });

  it('does not repeat a call that may have been carried out', async () => {
    portal.failNext({ method: 'imbot.v2.Bot.register', with: 'answer-lost' });
    const fields = {
      code: 'once',
      type: 'bot',
      botToken: 'x',
      eventMode: 'fetch',
      properties: { name: 'Once' },
    };
    const { caught } = await run({ mode: 'call', method: 'imbot.v2.Bot.register' }, { payload: { fields } });
    assert.equal(at(caught[0], 'error', 'code'), 'BITRIX_UNREACHABLE');
    assert.equal(portal.calls.filter(({ method }) => method === 'imbot.v2.Bot.register').length, 1);
  });
});
