import assert from 'node:assert/strict';
import { BitlaneError, InvalidError, RefusedError, UnreachableError } from '../../../lib/core/errors';
import { createHttpClient } from '../../../lib/core/http';
import type { FilePart } from '../../../lib/core/parts';
import { createFileSource, FILE_HTTP_LIMITS } from '../../../lib/bitrix24/reply/file-source';
import { sendFile, type FileSenderOptions } from '../../../lib/bitrix24/reply/send-file';
import type { Chat, Portal } from '../../../sandbox/bitrix24';
import { appCredential, failureOf, restBench } from '../bitrix24-rest/support';
import { token } from '../sandbox-portal/support';
import { fileServers, type FileServer } from './file-server';

const bench = restBench();
const uploading = 'imbot.v2.File.upload';
const saying = 'imbot.message.add';
const bytes = Buffer.from('7 EUR');

describe('a file of a bot of the older API', function () {
  const serve = fileServers();
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  interface Talk {
    portal: Portal;
    chat: Chat;
    send: (file: Pick<FilePart, 'url' | 'path' | 'data'>) => Promise<number | null>;
    methods: () => string[];
    texts: () => (string | undefined)[];
  }

  function filesFrom(server: FileServer): FileSenderOptions['files'] {
    const policy = { origin: 'received', trustedOrigins: [server.origin] } as const;
    const http = createHttpClient({ ...FILE_HTTP_LIMITS, policy, userAgent: 'test/1' });
    closing.push(() => http.close());
    return createFileSource(() => http);
  }

  async function talk(takesOlderBots: boolean, server: FileServer, byApp = false): Promise<Talk> {
    const authServer = await bench.authServer();
    const options = { limits: 'off', app: {}, authServer, v2MethodsForV1Bots: takesOlderBots } as const;
    const portal = await bench.portal(options);
    const bot = portal.addBot({ api: 'v1', ...(byApp ? { byApp } : { botToken: token }) });
    const chat = portal.openChannel({ bots: [bot] });
    const dialogId = portal.dialogId(chat);
    const rest = byApp ? bench.viaApp(appCredential(portal, authServer)) : bench.viaWebhook(portal);
    const speaker = { api: 'v1', botId: bot.id, botToken: byApp ? undefined : token, dialogId } as const;
    const { signal } = new AbortController();
    const sending: FileSenderOptions = { rest, speaker, files: filesFrom(server), signal };
    return {
      portal,
      chat,
      send: (file) => sendFile({ type: 'file', name: 'bill.txt', ...file }, sending),
      methods: () => portal.calls.map(({ method }) => method),
      texts: () => portal.messages(chat).map((message) => message.files[0]?.name ?? message.text),
    };
  }

  const billServer = (): Promise<FileServer> =>
    serve((response) => response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes));

  for (const [whose, byApp] of [
    ['of a webhook', false],
    ['of an app', true],
  ] as const) {
    it(`is sent as the bot where the portal takes it (${whose})`, async () => {
      const server = await billServer();
      const { portal, chat, send, methods } = await talk(true, server, byApp);
      for (const file of [{ data: bytes }, { url: `${server.origin}/bill` }]) {
        const id = await send(file);
        const seen = portal.messages(chat).at(-1);
        assert.deepEqual([seen?.id, seen?.author, seen?.files[0]?.name], [id, 'bot', 'bill.txt']);
      }
      assert.deepEqual(methods(), [uploading, uploading]);
    });
  }

  it('is sent as its address where the portal refuses the bot, which is asked once', async () => {
    const server = await billServer();
    const { send, methods, texts } = await talk(false, server);
    const url = `${server.origin}/bill`;
    assert.equal(typeof (await send({ url })), 'number');
    await send({ url });
    assert.deepEqual(methods(), [uploading, saying, saying]);
    assert.deepEqual(texts(), [`bill.txt: ${url}`, `bill.txt: ${url}`]);
    assert.equal(server.asked.length, 1);
  });

  it('that has no address is refused in words, with what the portal said', async () => {
    const { send, texts } = await talk(false, await billServer());
    const error = await failureOf(send({ data: bytes }));
    assert.ok(error instanceof InvalidError);
    assert.match(error.message, /older API can send a file only by its address/);
    assert.ok(error.cause instanceof RefusedError && error.cause.serviceCode === 'BOT_OWNERSHIP_ERROR');
    assert.deepEqual(texts(), []);
  });

  for (const [status, code, timesAsked] of [
    [404, 'ERROR_METHOD_NOT_FOUND', 1],
    [400, 'BOT_NOT_FOUND', 1],
    [403, 'ACCESS_DENIED', 2],
  ] as const) {
    it(`is sent as its address after ${code}, and the next one is ${timesAsked === 1 ? 'not tried' : 'tried again'}`, async () => {
      const server = await billServer();
      const { portal, send, methods } = await talk(true, server);
      portal.failNext({ method: uploading, times: 2, with: { status, error: code } });
      await send({ url: server.origin });
      await send({ url: server.origin });
      assert.equal(methods().filter((method) => method === uploading).length, timesAsked);
      assert.equal(methods().filter((method) => method === saying).length, 2);
    });
  }

  it('is not sent twice after an unclear outcome', async () => {
    const server = await billServer();
    const { portal, send, methods } = await talk(true, server);
    portal.failNext({ method: uploading, with: 'answer-lost' });
    const error = await failureOf(send({ url: server.origin }));
    assert.ok(error instanceof UnreachableError && error.sent);
    assert.deepEqual(methods(), [uploading]);
  });

  it('stays an error when the portal’s plan or the file itself stands in the way', async () => {
    const server = await billServer();
    const { portal, send, texts } = await talk(true, server);
    const error_description = 'REST API is available only on commercial plans';
    portal.failNext({ method: uploading, with: { status: 403, error: 'ACCESS_DENIED', error_description } });
    const ofPlan = await failureOf(send({ url: server.origin }));
    assert.ok(ofPlan instanceof RefusedError && ofPlan.code === 'BITRIX_PLAN');
    assert.match((await failureOf(send({ data: Buffer.alloc(0) }))).message, /empty/);
    assert.deepEqual(texts(), []);
  });

  it('is sent as its address when it cannot be fetched, but never an address of our own network', async () => {
    const server = await serve((response) => response.writeHead(500).end());
    const { send, texts } = await talk(true, server);
    await send({ url: server.origin });
    assert.deepEqual(texts(), [`bill.txt: ${server.origin}`]);
    const inner = await billServer();
    const error = await failureOf(send({ url: inner.origin }));
    assert.ok(error instanceof BitlaneError && error.code === 'ADDRESS_REFUSED');
    assert.equal(texts().length, 1);
  });

  it('is sent as its address when it breaks off on its way', async () => {
    const server = await serve((response) => {
      response.writeHead(200, { 'Content-Length': 1_000_000 });
      response.write(Buffer.alloc(300_000), () => response.destroy());
    });
    const { portal, send, texts } = await talk(true, server);
    await send({ url: server.origin });
    assert.deepEqual(texts(), [`bill.txt: ${server.origin}`]);
    assert.equal(portal.state.files.size, 0);
  });
});
