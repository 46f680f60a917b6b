import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CancelledError, InvalidError, RefusedError, UnreachableError } from '../../../lib/core/errors';
import { at } from '../../../lib/core/fields';
import type { PortalRest } from '../../../lib/bitrix24/rest/portal';
import { sourceOfBytes } from '../../../lib/bitrix24/files/byte-sources';
import { base64Of, type ByteSource } from '../../../lib/bitrix24/rest/streamed-body';
import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { appCredential, failureOf, restBench } from './support';

const bench = restBench();
const uploading = 'imbot.v2.File.upload';
const text = 'the bytes of a bill '.repeat(5000);

/** Counts how often it is read. */
function counted(bytes: Buffer): ByteSource & { opened: () => number } {
  let opened = 0;
  const { size, open } = sourceOfBytes(bytes);
  return {
    size,
    opened: () => opened,
    open(signal) {
      opened += 1;
      return open(signal);
    },
  };
}

function upload(
  rest: PortalRest,
  { bot, chat, source }: { bot: Bot; chat: Chat; source: ByteSource },
  signal?: AbortSignal,
): Promise<unknown> {
  const fields = { name: 'bill.txt', content: base64Of(source) };
  const dialogId = `chat${chat.id}`;
  return rest.send(dialogId, uploading, { botId: bot.id, dialogId, fields }, { signal });
}

async function appScene(): Promise<{ portal: Portal; rest: PortalRest; bot: Bot; chat: Chat }> {
  const server = await bench.authServer();
  const portal = await bench.portal({ app: {}, authServer: server, limits: 'off' });
  const bot = portal.addBot({ byApp: true });
  const chat = portal.openChannel({ bots: [bot] });
  return { portal, bot, chat, rest: bench.viaApp(appCredential(portal, server)) };
}

function filesIn(portal: Portal): string[] {
  return [...portal.state.files.values()].map((file) => file.bytes.toString());
}

describe('rest client, files', function () {
  it('arrive as they are', async () => {
    const { portal, rest, bot, chat } = await appScene();
    const sent = await upload(rest, { bot, chat, source: sourceOfBytes(Buffer.from(text)) });
    assert.deepEqual(filesIn(portal), [text]);
    assert.equal(at(sent, 'messageId'), portal.messages(chat)[0]?.id);
  });

  it('are read again after a token was over, and arrive once', async () => {
    const { portal, rest, bot, chat } = await appScene();
    const source = counted(Buffer.from(text));
    portal.expireTokens();
    await upload(rest, { bot, chat, source });
    assert.deepEqual([source.opened(), filesIn(portal)], [2, [text]]);
  });

  it('are read again at the new address of a portal, and arrive once', async () => {
    const { portal, rest, bot, chat } = await appScene();
    const source = counted(Buffer.from(text));
    await portal.rename();
    await upload(rest, { bot, chat, source });
    assert.deepEqual([source.opened(), filesIn(portal)], [2, [text]]);
  });

  it('wait out a rate limit and are read again', async () => {
    const { portal, rest, bot, chat } = await appScene();
    const source = counted(Buffer.from(text));
    portal.failNext({ method: uploading, with: { status: 503, error: 'QUERY_LIMIT_EXCEEDED' } });
    await upload(rest, { bot, chat, source });
    assert.deepEqual([source.opened(), filesIn(portal)], [2, [text]]);
  });

  it('are never sent again after an unclear outcome', async () => {
    const { portal, rest, bot, chat } = await appScene();
    const source = counted(Buffer.from(text));
    portal.failNext({ method: uploading, with: 'answer-lost' });
    const error = await failureOf(upload(rest, { bot, chat, source }));
    assert.ok(error instanceof UnreachableError && error.sent && error.code === 'BITRIX_UNREACHABLE');
    assert.deepEqual([source.opened(), filesIn(portal).length], [1, 1]);
  });

  it('keep their place among the messages of the dialog, and travel alone', async () => {
    const { portal, rest, bot, chat } = await appScene();
    await Promise.all(Array.from({ length: 45 }, () => rest.call('profile', {}, { idempotent: true })));
    const say = (message: string): Promise<unknown> => {
      const dialogId = `chat${chat.id}`;
      const params = { botId: bot.id, dialogId, fields: { message } };
      return rest.send(dialogId, 'imbot.v2.Chat.Message.send', params);
    };
    const source = sourceOfBytes(Buffer.from('x'));
    await Promise.all([say('before'), upload(rest, { bot, chat, source }), say('after')]);
    assert.deepEqual(
      portal.messages(chat).map((message) => message.files[0]?.name ?? message.text),
      ['before', 'bill.txt', 'after'],
    );
    assert.equal(portal.calls.find(({ method }) => method === uploading)?.inBatch, false);
  });

  it('that break off while they are read are no half message, and say so', async () => {
    const { portal, rest, bot, chat } = await appScene();
    const reasons = [
      new Error('EIO: /home/secret-folder/bill.txt'),
      new UnreachableError('ADDRESS_UNREACHABLE', 'the connection to files.example broke off', {
        sent: true,
      }),
      new InvalidError('INPUT_INVALID', 'the file is gone'),
    ];
    for (const reason of reasons) {
      const open = async (): Promise<Readable> =>
        Readable.from(
          (async function* () {
            yield Buffer.alloc(300_000);
            throw reason;
          })(),
        );
      const error = await failureOf(upload(rest, { bot, chat, source: { size: 600_000, open } }));
      assert.ok(error instanceof InvalidError, String(error));
      assert.doesNotMatch(error.message, /secret-folder/);
    }
    assert.deepEqual(filesIn(portal), []);
    await upload(rest, { bot, chat, source: sourceOfBytes(Buffer.from('next')) });
    assert.deepEqual(filesIn(portal), ['next']);
  });

  it('do not show up in a refusal that repeats them', async () => {
    const { portal, rest, bot, chat } = await appScene();
    const repeated = Buffer.from(text).toString('base64').slice(30, 90);
    const fault = {
      status: 400,
      error: 'FILE_INVALID_CONTENT',
      error_description: `bad content ${repeated}`,
    };
    portal.failNext({ method: uploading, with: fault });
    const error = await failureOf(upload(rest, { bot, chat, source: sourceOfBytes(Buffer.from(text)) }));
    assert.ok(error instanceof RefusedError && error.serviceCode === 'FILE_INVALID_CONTENT');
    assert.ok(!error.message.includes(repeated.slice(0, 20)), error.message);
  });

  describe('of any size', () => {
    const stops: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const stop of stops.splice(0)) await stop();
    });

    interface Sink {
      webhookUrl: string;
      headers: IncomingHttpHeaders;
      received: number;
      cutShort: boolean;
      end: string;
    }

    /** Swallows what it is sent and keeps nothing. `answer`: when to say yes; `onPiece` is told of every piece. */
    async function startSink(onPiece: (sink: Sink, response: http.ServerResponse) => void): Promise<Sink> {
      const sink: Sink = { webhookUrl: '', headers: {}, received: 0, cutShort: false, end: '' };
      const server = http.createServer((request, response) => {
        sink.headers = request.headers;
        request.on('data', (piece: Buffer) => {
          sink.received += piece.length;
          sink.end = piece.subarray(-40).toString();
          onPiece(sink, response);
        });
        request.on('end', () => response.writableEnded || response.end('{"result":{"messageId":5}}'));
        request.socket.once('close', () => (sink.cutShort = !request.complete));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      stops.push(() => {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        return closed;
      });
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('the sink has no port');
      sink.webhookUrl = `http://127.0.0.1:${address.port}/rest/1/sinksecret/`;
      return sink;
    }

    /** As much as is asked for, without being in memory. */
    function endless(size: number): ByteSource {
      function* pieces(): Generator<Buffer> {
        for (let left = size; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(65_536, left), 65);
      }
      return { size, open: async () => Readable.from(pieces(), { objectMode: false }) };
    }

    const send = (sink: Sink, source: ByteSource, signal?: AbortSignal): Promise<unknown> =>
      bench
        .viaWebhook(sink)
        .send('1', uploading, { botId: 1, fields: { name: 'x', content: base64Of(source) } }, { signal });

    it('tell their length before, and are not held in memory', async () => {
      setFlagsFromString('--expose-gc');
      const collect: unknown = runInNewContext('gc');
      assert.ok(typeof collect === 'function');
      const retained = (): number => {
        Reflect.apply(collect, undefined, []);
        const { heapUsed, external } = process.memoryUsage();
        return heapUsed + external;
      };
      // What earlier tests left is given back at any time, so only what is added counts.
      let [lowest, growth, looks] = [retained(), 0, 0];
      const sink = await startSink(({ received }) => {
        if (received < looks * 4_000_000) return;
        looks += 1;
        const now = retained();
        lowest = Math.min(lowest, now);
        growth = Math.max(growth, now - lowest);
      });
      const size = 60 * 1024 * 1024;
      const result = await send(sink, endless(size));
      assert.equal(at(result, 'messageId'), 5);
      assert.equal(sink.headers['content-length'], String(sink.received));
      assert.equal(sink.headers['transfer-encoding'], undefined);
      assert.ok(sink.received > (size / 3) * 4);
      assert.match(sink.end, /QUFB"\}\}$/);
      assert.ok(looks > 15);
      assert.ok(growth < 25_000_000, `${growth} bytes were held`);
    });

    it('stop when they are cancelled', async () => {
      const stop = new AbortController();
      const sink = await startSink(({ received }) => received > 1_000_000 && stop.abort());
      const error = await failureOf(send(sink, endless(60 * 1024 * 1024), stop.signal));
      assert.ok(error instanceof CancelledError);
      await until(() => sink.cutShort, 'the end of the request');
      assert.ok(sink.received < 20_000_000);
    });

    it('stop when the portal refuses them early', async () => {
      const sink = await startSink(({ received }, response) => {
        if (received < 500_000 || response.writableEnded) return;
        response.writeHead(400, { 'Content-Type': 'application/json' });
        response.end('{"error":"FILE_TOO_LARGE","error_description":"File too large"}');
      });
      const error = await failureOf(send(sink, endless(60 * 1024 * 1024)));
      assert.ok(error instanceof RefusedError && error.serviceCode === 'FILE_TOO_LARGE', String(error));
      await until(() => sink.cutShort, 'the end of the request');
    });
  });
});
