import assert from 'node:assert/strict';
import { CancelledError } from '../../../lib/core/errors';
import { until } from '../../support/until';
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
  });

  it('the same while the portal refuses singles and batches for its rate', async () => {
    const portal = await faster.portal({ limits: { perSecond: 50, bucket: 50 } });
    const conversations = manyReplies(portal, 200, 5);
    const limited = { status: 503, error: 'QUERY_LIMIT_EXCEEDED' };
    portal.failNext({ method: 'imbot.v2.Chat.Message.send', times: 9, with: limited });
    portal.failNext({ method: 'batch', times: 4, with: limited });
    await sendAll(faster.viaWebhook(portal), conversations.replies);
    for (const { wanted, shown } of dialogsOf(portal, conversations)) assert.deepEqual(shown, wanted);
  });
});

describe('a client that is about to be closed', () => {
  const send = 'imbot.v2.Chat.Message.send';

  it('lets what has left hear its answer, and takes nothing else along', async () => {
    const portal = await bench.portal({ limits: { perSecond: 2, bucket: 1 } });
    const { replies } = manyReplies(portal, 3, 1);
    const rest = bench.viaWebhook(portal);
    const away = new Map<number, boolean>();
    const outcomes = replies.map(({ dialogId, method, params }, place) => {
      const onDeparture = (hasLeft: boolean): void => void away.set(place, hasLeft);
      return rest.send(dialogId, method, params, { onDeparture });
    });
    const settling = Promise.allSettled(outcomes);
    await until(() => away.size > 0, 'the first to leave');
    await rest.finish(5000);
    const settled = await settling;
    const arrived = settled.filter(({ status }) => status === 'fulfilled').length;
    // The portal takes one at once; what it refused for its rate came back, and stays undelivered.
    assert.equal(arrived, 1);
    settled.forEach(({ status }, place) => {
      assert.equal(status === 'fulfilled', away.get(place) === true, `reply ${place}`);
    });
    await assert.rejects(rest.send('chat1', send, {}), CancelledError);
  });

  it('waits for no portal that does not answer', async () => {
    const portal = await bench.portal({ limits: 'off' });
    portal.failNext({ method: send, with: 'hang' });
    const { replies } = manyReplies(portal, 1, 1);
    const rest = bench.viaWebhook(portal);
    const [reply = assert.fail()] = replies;
    const sending = rest.send(reply.dialogId, reply.method, reply.params);
    await until(() => portal.calls.length === 1, 'the call');
    const closed = rest.finish(20);
    await assert.rejects(sending, CancelledError);
    await closed;
  });
});
