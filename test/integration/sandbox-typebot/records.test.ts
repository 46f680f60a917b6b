import assert from 'node:assert/strict';
import { post, servers, talkTo } from './support';

const start = servers();

describe('sandbox typebot: records', () => {
  it('keep what was sent and what came back, without the token', async () => {
    const typebot = await start();
    const body = { message: 'hi', prefilledVariables: { FIRST_NAME: 'Ada' } };
    const { json } = await talkTo(typebot, 'greeting').start(body, {
      Authorization: `Bearer ${typebot.token}`,
      'X-Mark': '1',
    });
    const record = await typebot.untilRequest(({ ended }) => ended);
    assert.deepEqual(record.body, body);
    assert.deepEqual(record.answer, json);
    assert.deepEqual([record.headers['x-mark'], record.headers.authorization], ['1', 'Bearer ***']);
    assert.deepEqual(
      [record.endpoint, record.bot, record.method, record.status, record.target],
      ['start', 'greeting', 'POST', 200, '/api/v1/typebots/greeting/startChat'],
    );
    assert.equal(record.sessionId, typebot.sessionOf('greeting').id);
    await post(typebot.previewUrl('greeting'), {}, { Authorization: 'Bearer wrong' });
    assert.equal(typebot.requestsOf('preview')[0]?.headers.authorization, 'Bearer wrong');
    assert.equal(
      typebot.requestsOf('preview')[0]?.error,
      'You must be authenticated to access this resource',
    );
  });

  it('can be waited for', async () => {
    const typebot = await start();
    const coming = typebot.untilRequest(({ bot, endpoint }) => bot === 'choice' && endpoint === 'continue');
    await talkTo(typebot, 'choice').after('Sales');
    assert.deepEqual((await coming).body, { message: 'Sales' });
    await assert.rejects(
      typebot.untilRequest(({ bot }) => bot === 'nobody', { timeoutMs: 1 }),
      /no such request/,
    );
  });

  it('can be picked out', async () => {
    const typebot = await start();
    await talkTo(typebot, 'choice').after('x', 'Sales');
    await talkTo(typebot, 'greeting').after('tea');
    assert.equal(typebot.requestsOf('continue').length, 3);
    assert.equal(typebot.requestsOf('continue', 'choice').length, 2);
    assert.equal(typebot.requestsOf('start').length, 2);
  });
});
