import assert from 'node:assert/strict';
import { at, textAt } from '../../../lib/core/fields';
import type { AuthServer, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { appNode, endNode } from '../bitrix24-nodes/flow-parts';
import { useScene } from '../bitrix24-nodes/scene';

const app = { clientId: 'local.bitlane-chats', clientSecret: 'secret-of-the-app' };
const onCanvas = { z: 'tab', x: 100, y: 100 };
const lines = [{ from: 'client' as const, text: 'Hello' }];

describe('the chats of an app that several portals have installed', function () {
  const scene = useScene();
  const portals: Portal[] = [];

  before(async () => {
    // Each stand-in of an auth server knows one portal of an app.
    const servers: AuthServer[] = [await scene.authServer(), await scene.authServer()];
    for (const authServer of servers) {
      const installUrl = scene.eventsUrl;
      portals.push(await scene.portal({ authServer, app: { ...app, installed: false, installUrl } }));
    }
    await scene.deploy([
      { id: 'tab', type: 'tab', label: 'chats' },
      appNode({ authHosts: servers.map(({ host }) => host), credentials: app }),
      {
        ...{ id: 'chats', ...onCanvas, type: 'openline-chats', portal: 'portal' },
        wires: [['done'], ['summary']],
      },
      { id: 'catch', ...onCanvas, type: 'catch', scope: null, uncaught: false, wires: [['caught']] },
      ...['done', 'summary', 'caught'].map(endNode),
    ]);
  });

  const start = (bitrix?: object): void => scene.send('chats', { payload: true, ...(bitrix && { bitrix }) });
  const topics = (id: string): (string | undefined)[] =>
    scene.watch
      .heard(id)
      .map((message) => textAt(message, 'topic'))
      .sort();

  it('cannot be asked for before there is a portal', async () => {
    start();
    const [caught] = await scene.heard('caught', 1);
    assert.equal(textAt(caught, 'error', 'code'), 'INPUT_INVALID');
  });

  it('have a cursor for each portal, and one upload key each though their ids are the same', async () => {
    for (const portal of portals) {
      portal.sessions.seed({ lines });
      await portal.install();
    }
    await until(() => portals.every(({ state }) => state.app !== undefined), 'the app');
    start();
    await scene.heard('summary', 2);
    const expected = portals.map(({ memberId }) => `${memberId}:chats`).sort();
    assert.deepEqual([topics('done'), topics('summary')], [expected, expected]);
    const sent = scene.watch.heard('done');
    assert.equal(new Set(sent.map((message) => at(message, 'chat', 'id'))).size, 1);
    assert.equal(new Set(sent.map((message) => at(message, 'uploadKey'))).size, 2);
  });

  it('are those of one portal when the message names it', async () => {
    for (const portal of portals) portal.sessions.seed({ lines });
    const [, second] = portals;
    assert.ok(second);
    start({ portal: { memberId: second.memberId, domain: second.domain } });
    await scene.heard('summary', 3);
    assert.equal(topics('done').filter((topic) => topic === `${second.memberId}:chats`).length, 2);
    assert.equal(topics('done').length, 3);
  });
});
