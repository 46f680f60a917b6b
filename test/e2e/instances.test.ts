import assert from 'node:assert/strict';
import { at, entriesAt } from '../../lib/core/fields';
import { assertPrometheusText } from '../support/prometheus-text';
import { startRedis, type RedisServer } from '../support/redis';
import { artefacts, runtimeKinds } from './support/matrix';
import { startPanelHouse, type PanelHouse } from './support/panel-house';
import { waitUntil } from './support/wait-until';
import { join } from 'node:path';

const password = 'marker-password-of-instances';
const encryptionKey = Buffer.alloc(32, 'k').toString('base64');

/** Each on its own, as behind a balancer: whichever is asked tells of all. */
describe('three Node-RED on one Redis', function () {
  const kind = runtimeKinds.find(({ name }) => name === 'node-red-4.1-node-20');
  let server: RedisServer;
  const houses: PanelHouse[] = [];

  before(async () => {
    assert.ok(kind);
    server = await startRedis({ password });
    for (const place of ['one', 'two', 'three']) {
      const folder = join(artefacts, 'instances', place);
      houses.push(await startPanelHouse(kind, { folder, flow: [] }));
    }
    await Promise.all(houses.map(deploy));
  });
  after(async () => {
    await Promise.all(houses.splice(0).map((house) => house.stop()));
    await server.stop();
  });

  async function deploy({ url }: PanelHouse): Promise<void> {
    const store = {
      id: 'store',
      type: 'bitlane-store',
      backend: 'redis',
      keyPrefix: 'bitbot',
      name: 'Redis',
    };
    const credentials = { redisUrl: server.url, encryptionKey };
    const flow = [
      { id: 'tab', type: 'tab' },
      { ...store, credentials },
    ];
    const answer = await fetch(`${url}/flows`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(flow),
    });
    assert.equal(answer.status, 204);
  }

  const ask = async ({ url }: PanelHouse, path: string): Promise<string> =>
    (await fetch(`${url}/bitlane/${path}`)).text();
  const seenBy = async (house: PanelHouse): Promise<unknown[]> =>
    entriesAt(JSON.parse(await ask(house, 'health')), 'instances');

  it('each tell of all three, in health, panel and metrics, and never a secret', async () => {
    for (const house of houses) {
      await waitUntil('all three', async () => (await seenBy(house)).length === 3);
      const seen = await seenBy(house);
      const self = seen.filter((one) => at(one, 'isSelf') === true);
      assert.deepEqual(
        self.map((one) => String(at(one, 'name')).split(':').at(-1)),
        [new URL(house.url).port],
      );
      const metrics = await ask(house, 'metrics');
      assertPrometheusText(metrics);
      for (const { url } of houses) {
        const line = new RegExp(`^bitlane_replies_total\\{instance="[^"]+:${new URL(url).port}"\\} 0$`, 'm');
        assert.match(metrics, line);
      }
      assert.equal(metrics.match(/^bitlane_dead_letters\{/gm)?.length, 1);
      const panel = await ask(house, 'panel');
      const [row] = entriesAt(JSON.parse(panel), 'instances', 'list');
      assert.match(String(at(row, 'nodeRed')), /^4\./);
      assert.doesNotMatch(metrics + panel, /marker-|a2tr/);
    }
  });

  it('tell of one that has gone without a word as silent', async () => {
    const [one, , three] = houses;
    assert.ok(one && three);
    await three.stop();
    houses.pop();
    await waitUntil('a silent one', async () =>
      (await seenBy(one)).some((seen) => at(seen, 'isSilent') === true),
    );
    assert.doesNotMatch(await ask(one, 'metrics'), new RegExp(`:${new URL(three.url).port}"`));
  });
});
