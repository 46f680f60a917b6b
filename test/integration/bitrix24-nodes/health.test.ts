import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import type { Chat, Portal } from '../../../sandbox/bitrix24';
import { startDify, type Dify } from '../../../sandbox/dify';
import { until } from '../../support/until';
import { botFlow, botNode, portalNode } from './flow-parts';
import { answered, botOn, say, useScene } from './scene';

interface Told {
  status: number;
  reasons: unknown;
  /** `code node-id reason`. */
  problems: string[];
  /** Of the portal node. */
  portal: string | undefined;
}

describe('what the health of a real Node-RED knows of keys that are refused', function () {
  const scene = useScene();
  let dify: Dify;
  let portal: Portal;
  let chat: Chat;

  before(async () => {
    dify = await startDify();
  });
  afterEach(() => dify.always('chatflow', undefined));
  after(() => dify.stop());

  const read = async (path: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${scene.red.url}/bitlane/${path}`);
    return { status: response.status, body: await response.json() };
  };
  async function told(): Promise<Told> {
    const [health, panel] = await Promise.all([read('health'), read('panel')]);
    const problems = entriesAt(panel.body, 'problems').map((problem) =>
      [textAt(problem, 'code'), textAt(problem, 'id'), textAt(problem, 'trouble', 'code')].join(' '),
    );
    const portal = textAt(entriesAt(panel.body, 'portals')[0], 'state');
    return { status: health.status, reasons: at(health.body, 'reasons'), problems, portal };
  }
  const allIsWell = { status: 200, reasons: [], problems: [], portal: 'ready' };

  function flow({ more = [] }: { more?: object[] } = {}): object[] {
    const place = { z: 'tab', x: 100, y: 100 };
    const app = {
      ...{ id: 'app', type: 'dify-app', baseUrl: dify.baseUrl },
      credentials: { apiKey: dify.app('chatflow').key },
    };
    const ask = { id: 'think', type: 'dify-chatflow', ...place, app: 'app', wires: [['reply'], []] };
    return [
      ...botFlow(portalNode(portal, { plan: 'enterprise' }), botNode(scene.red.url), {
        reply: { typing: false },
      }).filter((node) => textAt(node, 'id') !== 'think'),
      app,
      ask,
      ...more,
    ];
  }

  const isRed = (nodeId: string): boolean =>
    scene.watch.statuses.some(
      (one) => textAt(one, 'id') === nodeId && textAt(one, 'status', 'fill') === 'red',
    );

  beforeEach(async () => {
    portal = await scene.portal();
    await scene.deployReady(flow());
    chat = portal.openChannel({ bots: [botOn(portal)] });
  });

  it('names the Dify node while Dify refuses its key, and is well when Dify has taken it again', async () => {
    assert.deepEqual(await told(), allIsWell);
    dify.always('chatflow', 'unauthorized');
    await say(portal, chat, 'Hello?');
    await scene.heard('caught', 1);
    assert.deepEqual(await told(), {
      ...{ status: 503, reasons: ['NODE_FAILING'], portal: 'ready' },
      problems: ['NODE_FAILING think DIFY_AUTH'],
    });
    dify.always('chatflow', undefined);
    await say(portal, chat, 'And now?');
    await answered(portal, chat, 1);
    await until(() => scene.watch.status('reply')?.endsWith('ready') === true, 'the reply to be through');
    assert.deepEqual(await told(), allIsWell);
  });

  it('forgets a node that was deployed anew, and one that is gone, in a subflow too', async () => {
    const place = { z: 'sub', x: 100, y: 100 };
    const more = [
      { id: 'sub', type: 'subflow', name: 'Asker', in: [{ x: 1, y: 1, wires: [{ id: 'inner' }] }], out: [] },
      { id: 'inner', type: 'dify-chatflow', ...place, app: 'app', onFailure: 'error', wires: [[], []] },
      { id: 'sub-1', type: 'subflow:sub', z: 'tab', x: 100, y: 200, wires: [] },
    ];
    await scene.deploy(flow({ more }));
    dify.always('chatflow', 'unauthorized');
    await say(portal, chat, 'Hello?');
    scene.send('sub-1', { payload: 'Hello from within' });
    await scene.heard('caught', 1);
    await until(() => isRed('sub-1-inner'), 'the node within the subflow to fail');
    const { problems } = await told();
    assert.ok(problems.includes('NODE_FAILING think DIFY_AUTH'), problems.join());
    assert.ok(
      problems.some((problem) => /^NODE_FAILING sub-1-inner DIFY_AUTH$/.test(problem)),
      problems.join(),
    );
    // What comes with credentials is deployed anew, and whatever uses it; the subflow is used nowhere now.
    await scene.deploy(flow({ more: more.filter(({ id }) => id !== 'sub-1') }), 'nodes');
    assert.deepEqual(await told(), allIsWell);
  });

  it('shows a portal that takes no key as what it is, until a call is taken', async () => {
    const refusal = { status: 401, error: 'INVALID_CREDENTIALS', error_description: 'Invalid credentials' };
    portal.failNext({ times: Infinity, with: refusal });
    await say(portal, chat, 'Hello?');
    await scene.heard('caught', 1);
    const refused = await told();
    assert.equal(refused.portal, 'unusable');
    assert.ok(refused.problems.includes('PORTAL_FAILING portal BITRIX_AUTH'), refused.problems.join());
    assert.ok(refused.problems.includes('NODE_FAILING reply BITRIX_AUTH'), refused.problems.join());
    portal.clearFaults();
    await say(portal, chat, 'And now?');
    await answered(portal, chat, 1);
    await until(() => scene.watch.status('reply')?.endsWith('ready') === true, 'the reply to be through');
    assert.deepEqual(await told(), allIsWell);
  });

  it('leaves the portal green when the key may only not do one thing', async () => {
    const refusal = { status: 403, error: 'ACCESS_DENIED', error_description: 'Access denied' };
    portal.failNext({ method: 'imbot.v2.Chat.Message.send', with: refusal });
    await say(portal, chat, 'Hello?');
    await scene.heard('caught', 1);
    assert.deepEqual(await told(), allIsWell);
  });
});
