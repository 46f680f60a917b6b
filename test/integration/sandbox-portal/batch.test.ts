import assert from 'node:assert/strict';
import { at, servers, viaWebhook } from './support';

const start = servers();

describe('sandbox portal: batch', () => {
  it('runs commands in order and hands results on', async () => {
    const portal = await start.portal();
    const cmd = { me: 'user.current', same: 'user.get?FILTER[ID]=$result[me][ID]' };
    const { status, result } = await viaWebhook(portal, 'batch', { halt: 0, cmd });
    assert.equal(status, 200);
    assert.equal(at(result, 'result', 'same', 0, 'ID'), '1');
    assert.equal(at(result, 'result_total', 'same'), 1);
    assert.deepEqual(at(result, 'result_error'), []);
    assert.deepEqual(at(result, 'result_next'), []);
    assert.equal(typeof at(result, 'result_time', 'me', 'operating'), 'number');
  });

  it('goes on after an error, or stops when told to', async () => {
    const portal = await start.portal();
    const cmd = { bad: 'no.method', good: 'server.time' };
    const going = await viaWebhook(portal, 'batch', { halt: 0, cmd });
    assert.equal(at(going.result, 'result_error', 'bad', 'error'), 'ERROR_METHOD_NOT_FOUND');
    assert.equal(typeof at(going.result, 'result', 'good'), 'string');
    const halted = await viaWebhook(portal, 'batch', { halt: 1, cmd });
    assert.deepEqual(at(halted.result, 'result'), []);
  });

  it('gives lists for lists', async () => {
    const portal = await start.portal();
    const { result } = await viaWebhook(portal, 'batch', { cmd: ['server.time', 'profile'] });
    assert.equal(at(result, 'result', 1, 'ID'), '1');
    assert.equal(Array.isArray(at(result, 'result')), true);
  });

  it('refuses more than fifty commands, batches inside batches and file methods', async () => {
    const portal = await start.portal();
    const many = Array.from({ length: 51 }, () => 'server.time');
    const tooLong = await viaWebhook(portal, 'batch', { cmd: many });
    assert.deepEqual([tooLong.status, tooLong.error], [400, 'ERROR_BATCH_LENGTH_EXCEEDED']);
    const cmd = { inner: 'batch?cmd[a]=profile', file: 'imbot.v2.File.download?fileId=1' };
    const { result } = await viaWebhook(portal, 'batch', { cmd });
    assert.equal(at(result, 'result_error', 'inner', 'error'), 'ERROR_BATCH_METHOD_NOT_ALLOWED');
    assert.equal(at(result, 'result_error', 'file', 'error'), 'ERROR_BATCH_METHOD_NOT_ALLOWED');
  });

  it('decodes its values once, and counts as one request', async () => {
    const portal = await start.portal({ limits: { perSecond: 1, bucket: 1 } });
    const bot = portal.addBot();
    const chat = portal.openChannel();
    const text = 'one & two = 50% + #1 ü';
    const query = `botId=${bot.id}&botToken=bot-token-of-the-sandbox&dialogId=chat${chat.id}`;
    const say = `imbot.v2.Chat.Message.send?${query}&fields[message]=${encodeURIComponent(text)}`;
    const { status } = await viaWebhook(portal, 'batch', { cmd: { one: say, two: say, three: say } });
    assert.equal(status, 200);
    assert.deepEqual(
      portal.messages(chat).map((message) => message.text),
      [text, text, text],
    );
    assert.equal((await viaWebhook(portal, 'profile')).error, 'QUERY_LIMIT_EXCEEDED');
  });

  it('lets one of its commands fail on demand', async () => {
    const portal = await start.portal();
    portal.failNext({ method: 'profile', with: { status: 400, error: 'ERROR_CORE' } });
    const { result } = await viaWebhook(portal, 'batch', { cmd: { a: 'profile', b: 'profile' } });
    assert.equal(at(result, 'result_error', 'a', 'error'), 'ERROR_CORE');
    assert.equal(at(result, 'result', 'b', 'ID'), '1');
  });
});
