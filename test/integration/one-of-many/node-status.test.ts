import assert from 'node:assert/strict';
import { until } from '../../support/until';
import { botFlow, botNode, portalNode } from '../bitrix24-nodes/flow-parts';
import { answered, botOn, say, useScene } from '../bitrix24-nodes/scene';
import { redisKey, useRedis } from '../store/redis-bench';

describe('a bot node in fetch mode whose events another Node-RED fetches', function () {
  const redis = useRedis();
  const scene = useScene();

  it('says so, asks for none, and takes over when the other one has closed', async () => {
    const portal = await scene.portal();
    const other = await redis.open();
    assert.ok(await other.hold(`bitrix:fetch:${portal.domain}:helper`));
    const store = {
      ...{ id: 'store', type: 'bitlane-store', backend: 'redis', keyPrefix: 'bitbot' },
      credentials: { redisUrl: redis.url(), encryptionKey: redisKey },
    };
    const bot = botNode('', { publicUrl: '', eventMode: 'fetch' });
    await scene.deploy([...botFlow(portalNode(portal, { store: 'store' }), bot), store]);
    const isElsewhere = (): boolean => scene.watch.status('bot') === 'bitrix-bot.status.elsewhere';
    await until(isElsewhere, 'the status');
    const chat = portal.openChannel({ bots: [botOn(portal)] });
    await say(portal, chat, 'hello');
    const looks = (): number => portal.calls.filter(({ method }) => method === 'imbot.v2.Event.get').length;
    assert.equal(looks(), 0);
    await other.close();
    await until(() => looks() > 0, 'the takeover');
    assert.deepEqual(await answered(portal, chat, 1), ['hello']);
    assert.equal(isElsewhere(), false);
    await scene.deploy([{ id: 'tab', type: 'tab', label: 'nothing' }]);
  });
});
