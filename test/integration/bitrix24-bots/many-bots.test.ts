import assert from 'node:assert/strict';
import { listBots, listCommands } from '../../../lib/bitrix24/bots/portal-bots';
import { syncBot } from '../../../lib/bitrix24/bots/sync-bot';
import { failureOf, restBench } from '../bitrix24-rest/support';
import { botToken, wishFor } from './support';

describe('the commands of many bots', () => {
  const bench = restBench();
  const access = { apiVersion: 'v2' as const, botToken, urgent: true };

  it('are read by one request for fifty of them, as each request waits for its turn on a busy portal', async () => {
    const portal = await bench.portal();
    const rest = bench.viaWebhook(portal);
    const { botId } = await syncBot(rest, wishFor());
    for (let count = 0; count < 48; count += 1) portal.addBot({ code: `bot${count}`, botToken });
    const before = portal.httpRequests;
    const botIds = (await listBots(rest, access)).map(({ id }) => id);
    const commands = await listCommands(rest, { ...access, botIds });
    assert.equal(portal.httpRequests - before, 2);
    assert.deepEqual([...(commands?.keys() ?? [])], botIds);
    const names = [...(commands ?? [])].map(([id, list]) => [id, list.map(({ name }) => name)] as const);
    assert.deepEqual(
      names.filter(([, list]) => list?.length !== 0),
      [[botId, ['help', 'operator']]],
    );
  });

  it('are not taken for none when one of the bots is refused', async () => {
    const portal = await bench.portal();
    const rest = bench.viaWebhook(portal);
    const { botId } = await syncBot(rest, wishFor());
    const stranger = portal.addBot({ code: 'stranger', botToken: 'of somebody else' });
    const error = await failureOf(listCommands(rest, { ...access, botIds: [botId, stranger.id] }));
    assert.equal(Reflect.get(error, 'code'), 'BITRIX_BOT_TAKEN');
  });

  it('ask nothing when there is no bot of ours', async () => {
    const portal = await bench.portal();
    const commands = await listCommands(bench.viaWebhook(portal), { ...access, botIds: [] });
    assert.deepEqual([portal.httpRequests, commands?.size], [0, 0]);
  });
});
