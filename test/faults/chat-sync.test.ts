import assert from 'node:assert/strict';
import { at, entriesAt } from '../../lib/core/fields';
import { until } from '../support/until';
import { chatSyncFlow, useChatScene } from './chat-scene';

describe('the chat sync under kill -9', function () {
  const scene = useChatScene();

  const first = (snapshot: unknown): unknown => entriesAt(snapshot, 'cursors')[0];

  it('misses no chat and sends none twice', async () => {
    const { portal, service, red } = scene;
    const wanted = portal.sessions.seedMany({ count: 90 }).map(({ id }) => id);
    await red.start();
    await red.deploy(chatSyncFlow({ everyMinutes: 60, inFlight: 6 }));
    for (const part of [7, 23, 41, 62, 80]) {
      await until(() => service.talks.length >= part, `${part} talks`);
      red.kill9();
      wanted.push(...portal.sessions.seedMany({ count: 2, seed: part }).map(({ id }) => id));
      await red.start();
    }
    const cursor = await scene.settle(first, wanted.length);
    assert.equal(at(cursor, 'failed'), 0);
    assert.deepEqual(
      scene.sent(),
      wanted.sort((one, other) => one - other),
    );
  });
});
