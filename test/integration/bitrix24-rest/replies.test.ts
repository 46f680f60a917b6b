import assert from 'node:assert/strict';
import { dialogsOf, manyReplies, messageIdOf, sendAll } from './many-replies';
import { restBench } from './support';

const bench = restBench(10);
const faster = restBench(60);

describe('1 000 replies to 200 dialogs, 2 requests a second, a bucket of 50', () => {
  it('all arrive, in order in each dialog, none twice, each with its own message id', async () => {
    const portal = await bench.portal({ limits: { perSecond: 2, bucket: 50 } });
    const conversations = manyReplies(portal, 200, 5);
    const results = await sendAll(bench.viaWebhook(portal), conversations.replies);

    for (const { wanted, shown } of dialogsOf(portal, conversations)) assert.deepEqual(shown, wanted);
    assert.equal(new Set(results.map(messageIdOf)).size, 1000);
    results.forEach((result, place) => {
      const message = portal.state.messages.get(Number(messageIdOf(result)));
      assert.equal(message?.text, conversations.replies[place]?.text);
    });
    // A slow machine lets the bucket run out meanwhile, and more of them leave alone.
    assert.ok(portal.httpRequests < 250, `${portal.httpRequests} requests`);
  }).timeout(15_000);

  it('the same while the portal refuses singles and batches for its rate', async () => {
    const portal = await faster.portal({ limits: { perSecond: 50, bucket: 50 } });
    const conversations = manyReplies(portal, 200, 5);
    const limited = { status: 503, error: 'QUERY_LIMIT_EXCEEDED' };
    portal.failNext({ method: 'imbot.v2.Chat.Message.send', times: 9, with: limited });
    portal.failNext({ method: 'batch', times: 4, with: limited });
    await sendAll(faster.viaWebhook(portal), conversations.replies);
    for (const { wanted, shown } of dialogsOf(portal, conversations)) assert.deepEqual(shown, wanted);
  }).timeout(15_000);
});
