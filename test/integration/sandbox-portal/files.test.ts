import assert from 'node:assert/strict';
import http from 'node:http';
import type { Portal } from '../../../sandbox/bitrix24';
import { manualClock } from '../../support/manual-clock';
import { at, servers, token, viaApp, viaWebhook } from './support';

const start = servers();

function get(portal: Portal, url: unknown): Promise<Response> {
  const headers = { 'User-Agent': 'bitlane/1', Accept: '*/*', Referer: `${portal.origin}/` };
  return fetch(String(url), { headers });
}

describe('sandbox portal: files', function () {
  it('gives a bot a link for one download', async () => {
    const portal = await start.portal();
    const bot = portal.addBot();
    const { message } = await portal.clientSays(portal.openChannel(), {
      files: [{ name: 'Zoë “x”.jpg', bytes: Buffer.from('pixels') }],
    });
    const call = { botId: bot.id, botToken: token, fileId: message?.files[0]?.id };
    const { result } = await viaWebhook(portal, 'imbot.v2.File.download', call);
    const url = at(result, 'downloadUrl');
    assert.match(String(url), /\/rest\/1\/[^/]+\/download\/\?token=imbot%7C/);
    const response = await get(portal, url);
    assert.equal(response.headers.get('content-type'), 'image/jpeg');
    assert.match(response.headers.get('content-disposition') ?? '', /filename\*=utf-8''Zo%C3%AB/);
    assert.equal(await response.text(), 'pixels');
    const again = await get(portal, url);
    assert.deepEqual([again.status, at(await again.json(), 'error')], [403, 'ACCESS_DENIED']);
  });

  it('answers a page when the headers of a client are missing, and refuses an old link', async () => {
    const clock = manualClock(1_800_000_000_000);
    const portal = await start.portal({ clock, app: {} });
    const bot = portal.addBot({ byApp: true });
    const { message } = await portal.clientSays(portal.openChannel(), { files: [{}] });
    const call = { botId: bot.id, fileId: message?.files[0]?.id };
    const link = async (): Promise<unknown> =>
      at(
        (await viaApp(portal, portal.issueTokens().token, 'imbot.v2.File.download', call)).result,
        'downloadUrl',
      );
    const url = await link();
    assert.match(String(url), /\/rest\/download\.json\?token=imbot%7C/);
    assert.equal((await fetch(String(url))).status, 404);
    await clock.advance(60_000);
    assert.equal((await get(portal, url)).status, 403);
  });

  it('wants every header that the documentation asks for', async () => {
    const portal = await start.portal({ downloadLinks: 'lasting' });
    const bot = portal.addBot();
    const { message } = await portal.clientSays(portal.openChannel(), { files: [{}] });
    const call = { botId: bot.id, botToken: token, fileId: message?.files[0]?.id };
    const { result } = await viaWebhook(portal, 'imbot.v2.File.download', call);
    const url = new URL(String(at(result, 'downloadUrl')));
    const all = {
      'User-Agent': 'bitlane/1',
      Accept: '*/*',
      'Accept-Language': '*',
      Referer: `${portal.origin}/`,
    };
    const statusWith = (headers: Record<string, string>): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        http
          .get(url, { headers }, (response) => {
            response.resume();
            resolve(response.statusCode);
          })
          .once('error', reject);
      });
    assert.equal(await statusWith(all), 200);
    for (const left of Object.keys(all)) {
      const others = Object.fromEntries(Object.entries(all).filter(([name]) => name !== left));
      assert.equal(await statusWith(others), 404, left);
    }
    assert.equal(await statusWith(all), 200, 'a lasting link is good again');
  });

  it('can keep the name and the length of a file to itself', async () => {
    const portal = await start.portal();
    const bot = portal.addBot();
    const { message } = await portal.clientSays(portal.openChannel(), { files: [{ tells: [] }] });
    const call = { botId: bot.id, botToken: token, fileId: message?.files[0]?.id };
    const { result } = await viaWebhook(portal, 'imbot.v2.File.download', call);
    const { headers } = await get(portal, at(result, 'downloadUrl'));
    assert.deepEqual([headers.get('content-disposition'), headers.get('content-length')], [null, null]);
  });

  it('can break off in the middle of a file', async () => {
    const portal = await start.portal();
    const bot = portal.addBot();
    const bytes = Buffer.alloc(100_000);
    const { message } = await portal.clientSays(portal.openChannel(), { files: [{ bytes }] });
    const call = { botId: bot.id, botToken: token, fileId: message?.files[0]?.id };
    const { result } = await viaWebhook(portal, 'imbot.v2.File.download', call);
    portal.failNext({ method: 'download', with: 'cut' });
    const response = await get(portal, at(result, 'downloadUrl'));
    await assert.rejects(response.arrayBuffer());
  });

  it('keeps files from bots outside the chat, and open-channel files from disk.file.get', async () => {
    const portal = await start.portal();
    const inside = portal.addBot();
    const outside = portal.addBot({ code: 'outside', type: 'bot' });
    const files = [{ name: 'a.txt' }, { name: 'b.txt', readableByAll: true }];
    const { message } = await portal.clientSays(portal.openChannel({ bots: [inside] }), { files });
    const [hidden, open] = message?.files ?? [];
    const call = { botId: outside.id, botToken: token, fileId: hidden?.id };
    const denied = await viaWebhook(portal, 'imbot.v2.File.download', call);
    assert.deepEqual([denied.status, denied.error], [403, 'FILE_ACCESS_ERROR']);
    const unknown = await viaWebhook(portal, 'imbot.v2.File.download', { ...call, fileId: 1 });
    assert.equal(unknown.error, 'FILE_NOT_FOUND');
    assert.equal((await viaWebhook(portal, 'disk.file.get', { id: hidden?.id })).error, 'ACCESS_DENIED');
    assert.equal((await viaWebhook(portal, 'disk.file.get', { id: 1 })).error, 'ERROR_NOT_FOUND');
    assert.equal((await viaWebhook(portal, 'disk.file.get')).error, 'ERROR_ARGUMENT');
    const { result } = await viaWebhook(portal, 'disk.file.get', { id: open?.id });
    assert.notEqual(at(result, 'FILE_ID'), open?.id);
    assert.equal(await (await get(portal, at(result, 'DOWNLOAD_URL'))).text(), 'content of b.txt');
  });

  it('takes a file from a bot', async () => {
    const portal = await start.portal();
    const bot = portal.addBot();
    const chat = portal.openChannel();
    const upload = async (fields: object): Promise<unknown> => {
      const call = {
        botId: bot.id,
        botToken: token,
        dialogId: `chat${chat.id}`,
        fields: { name: 'a.txt', ...fields },
      };
      const { result, error } = await viaWebhook(portal, 'imbot.v2.File.upload', call);
      return error ?? result;
    };
    assert.equal(await upload({ content: '' }), 'FILE_EMPTY');
    assert.equal(await upload({ name: '', content: 'AAAA' }), 'FILE_EMPTY');
    assert.equal(await upload({ content: 'A'.repeat(100 * 1024 * 1024 + 4) }), 'FILE_TOO_LARGE');
    assert.equal(await upload({ content: 'data:text/plain;base64,AAAA' }), 'FILE_INVALID_CONTENT');
    const sent = await upload({ content: Buffer.from('hello').toString('base64'), message: 'here' });
    assert.equal(at(sent, 'dialogId'), `chat${chat.id}`);
    const [seen] = portal.messages(chat);
    assert.deepEqual([seen?.id, seen?.text, seen?.files[0]?.name], [at(sent, 'messageId'), 'here', 'a.txt']);
    assert.equal(portal.state.files.get(Number(at(sent, 'file', 'id')))?.bytes.toString(), 'hello');
    assert.equal(at(portal.calls.at(-1), 'params', 'fields', 'content'), 'base64, 8 characters');
  });
});
