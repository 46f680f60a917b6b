import assert from 'node:assert/strict';
import { at, servers, token, viaWebhook } from './support';

const start = servers();

describe('sandbox portal: failures on demand', () => {
  it('answers an ordered error as often as it was ordered', async () => {
    const portal = await start.portal();
    const error = { status: 503, error: 'OVERLOAD_LIMIT', headers: { 'Retry-After': '7' } };
    portal.failNext({ method: 'profile', times: 2, with: error });
    assert.equal((await viaWebhook(portal, 'server.time')).status, 200);
    const refused = await fetch(`${portal.webhookUrl}profile`);
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '7']);
    assert.equal((await viaWebhook(portal, 'profile')).error, 'OVERLOAD_LIMIT');
    assert.equal((await viaWebhook(portal, 'profile')).status, 200);
    assert.deepEqual(
      portal.calls.map((call) => call.error),
      [undefined, 'OVERLOAD_LIMIT', 'OVERLOAD_LIMIT', undefined],
    );
  });

  it('gives a page, or nothing, where JSON was expected', async () => {
    const portal = await start.portal();
    portal.failNext({ with: 'html' });
    const page = await fetch(`${portal.webhookUrl}profile`);
    assert.match(
      `${page.status} ${page.headers.get('content-type')} ${await page.text()}`,
      /^200 text\/html.*<html>/,
    );
    portal.failNext({ with: 'empty' });
    assert.equal(await (await fetch(`${portal.webhookUrl}profile`)).text(), '');
  });

  it('breaks the connection before or after doing what was asked', async () => {
    const portal = await start.portal({ limits: 'off' });
    const bot = portal.addBot();
    const chat = portal.openChannel();
    const say = { botId: bot.id, botToken: token, dialogId: `chat${chat.id}`, fields: { message: 'hello' } };
    const sent = async (kind: 'reset' | 'cut' | 'answer-lost'): Promise<number> => {
      const before = portal.messages(chat).length;
      portal.failNext({ method: 'imbot.v2.Chat.Message.send', with: kind });
      await assert.rejects(viaWebhook(portal, 'imbot.v2.Chat.Message.send', say));
      return portal.messages(chat).length - before;
    };
    assert.equal(await sent('reset'), 0);
    assert.equal(await sent('cut'), 1);
    assert.equal(await sent('answer-lost'), 1);
    assert.deepEqual(
      portal.calls.map((call) => [call.status, call.fault]),
      [
        [0, 'reset'],
        [200, undefined],
        [200, undefined],
      ],
    );
  });

  it('leaves a caller waiting without doing anything', async () => {
    const portal = await start.portal();
    portal.failNext({ method: 'profile', with: 'hang' });
    const stop = new AbortController();
    const waiting = fetch(`${portal.webhookUrl}profile`, { signal: stop.signal });
    await portal.waitForCall((call) => call.fault === 'hang');
    stop.abort();
    await assert.rejects(waiting);
    assert.equal((await viaWebhook(portal, 'profile')).status, 200);
  });

  it('sends callers elsewhere: by order, after a move, after a rename', async () => {
    const portal = await start.portal();
    const other = await start.portal();
    const where = async (url: string): Promise<string> => {
      const response = await fetch(url, { method: 'POST', redirect: 'manual' });
      return `${response.status} ${response.headers.get('location')}`;
    };
    portal.failNext({ with: { redirectTo: other.origin } });
    const path = `/rest/1/${portal.state.webhook.secret}/profile`;
    assert.equal(await where(`${portal.origin}${path}`), `302 ${other.origin}${path}`);
    const oldOrigin = portal.origin;
    await portal.rename();
    assert.notEqual(portal.origin, oldOrigin);
    assert.equal(await where(`${oldOrigin}${path}`), `302 ${portal.origin}${path}`);
    assert.equal((await viaWebhook(portal, 'profile')).status, 200);
    portal.moveTo(other);
    assert.equal(await where(`${portal.origin}${path}`), `302 ${other.origin}${path}`);
    assert.equal(await where(`${oldOrigin}${path}`), `302 ${other.origin}${path}`);
  });

  it('tells of a wait that found nothing', async () => {
    const portal = await start.portal();
    await assert.rejects(
      portal.waitForCall(() => true, { timeoutMs: 1 }),
      /no such call within 1 ms/,
    );
    const waiting = portal.waitForMessage((message) => message.text === 'later');
    const chat = portal.privateChat(undefined, portal.addBot());
    await portal.clientSays(chat, 'later');
    assert.equal(at(await waiting, 'text'), 'later');
  });
});
