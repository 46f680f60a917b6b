import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { RefusedError, UnreachableError } from '../../../lib/core/errors';
import type { TypebotSession } from '../../../lib/typebot/session';
import { sendJson } from '../../../sandbox/shared/http-listener';
import { findFreePort } from '../../support/free-port';
import { until } from '../../support/until';
import {
  answered,
  assertHidden,
  failureOf,
  hastyClock,
  marker,
  page,
  refuse,
  said,
  started,
  text,
  textInput,
  typebotBench,
} from './support';

describe('an error of Typebot', () => {
  const bench = typebotBench();
  const session: TypebotSession = { id: marker.session, publicId: marker.bot, resultId: 'r0' };
  const options = { variables: { SECRET: marker.variable, DEEP: { in: [marker.variable] } } };
  type Answer = (response: ServerResponse, place: number) => unknown;

  async function clientOf(answer: Answer) {
    const typebot = await bench.server((_asked, response, place) => answer(response, place));
    const startUrl = `${typebot.origin}/${marker.bot}`;
    return { typebot, client: bench.client(typebot, { startUrl, token: marker.token }, hastyClock) };
  }

  async function startFailure(answer: Answer) {
    const { client, typebot } = await clientOf(answer);
    const error = await failureOf(client.start({ ...options, said: said(marker.text) }));
    return { error, calls: typebot.asked.length };
  }

  async function answerFailure(answer: Answer) {
    const { client, typebot } = await clientOf(answer);
    const error = await failureOf(client.answer(session, said(marker.text), options));
    return { error, calls: typebot.asked.length };
  }

  const both = [
    ['a start', startFailure],
    ['an answer', answerFailure],
  ] as const;

  for (const [status, code, message, expected] of [
    [400, 'BAD_REQUEST', 'This bot is now closed', 'TYPEBOT_CLOSED'],
    [400, 'BAD_REQUEST', 'Мы вернёмся в понедельник', 'TYPEBOT_CLOSED'],
    [400, 'BAD_REQUEST', 'Typebot is closed', 'TYPEBOT_CLOSED'],
    [403, 'FORBIDDEN', 'This bot is now closed', 'TYPEBOT_CLOSED'],
    [401, 'UNAUTHORIZED', 'You need to be authenticated to perform this action', 'TYPEBOT_ADDRESS'],
    [403, 'FORBIDDEN', 'Origin not allowed', 'TYPEBOT_ORIGIN'],
    [403, 'FORBIDDEN', 'No access', 'TYPEBOT_REFUSED'],
    [404, 'NOT_FOUND', 'Typebot not found', 'TYPEBOT_NOT_FOUND'],
    [404, 'NOT_FOUND', 'Not found', 'TYPEBOT_ADDRESS'],
    [405, 'METHOD_NOT_SUPPORTED', 'Method not supported', 'TYPEBOT_ADDRESS'],
    [408, 'TIMEOUT', '15 seconds timeout reached', 'TYPEBOT_TIMEOUT'],
    [413, 'PAYLOAD_TOO_LARGE', 'too much', 'TYPEBOT_REFUSED'],
    [429, 'TOO_MANY_REQUESTS', 'slow down', 'TYPEBOT_RATE_LIMIT'],
    [500, 'INTERNAL_SERVER_ERROR', 'Cannot read properties of undefined', 'TYPEBOT_FAILED'],
  ] as const) {
    for (const isOld of [false, true]) {
      it(`of a start is ${expected} for ${status} "${message}"${isOld ? ' of an old release' : ''}`, async () => {
        const { error, calls } = await startFailure((response) =>
          refuse(response, status, code, message, isOld),
        );
        assert.ok(error instanceof RefusedError);
        assert.deepEqual([error.code, error.status, error.serviceCode, calls], [expected, status, code, 1]);
        assert.ok(error.message.startsWith(`startChat: ${status} ${code}`), error.message);
      });
    }
  }

  for (const [status, code, message, expected] of [
    [400, 'BAD_REQUEST', 'This bot is now closed', 'TYPEBOT_CLOSED'],
    [400, 'BAD_REQUEST', 'Provided response is not valid JSON', 'TYPEBOT_REFUSED'],
    [401, 'UNAUTHORIZED', 'You need to be authenticated to perform this action', 'TYPEBOT_ADDRESS'],
    [403, 'FORBIDDEN', 'Origin not allowed', 'TYPEBOT_ORIGIN'],
    [408, 'TIMEOUT', '15 seconds timeout reached', 'TYPEBOT_TIMEOUT'],
    [429, 'TOO_MANY_REQUESTS', 'slow down', 'TYPEBOT_RATE_LIMIT'],
    [500, 'INTERNAL_SERVER_ERROR', 'Cannot read properties of undefined', 'TYPEBOT_FAILED'],
  ] as const) {
    it(`of an answer is ${expected} for ${status} "${message}", after one call`, async () => {
      const { error, calls } = await answerFailure((response) => refuse(response, status, code, message));
      assert.deepEqual([error.code, calls], [expected, 1]);
    });
  }

  it('says what is wrong: the words of a closed bot, the seconds of a limit, the field of a request', async () => {
    const closed = await startFailure((response) => refuse(response, 400, 'BAD_REQUEST', 'Back on Monday'));
    assert.equal(closed.error.params['detail'], 'Back on Monday');
    const late = await answerFailure((response) =>
      refuse(response, 408, 'TIMEOUT', '15 seconds timeout reached'),
    );
    assert.equal(late.error.params['seconds'], '15');
    const invalid = await startFailure((response) =>
      sendJson(response, 400, {
        code: 'BAD_REQUEST',
        status: 400,
        message: 'Input validation failed',
        data: { issues: [{ path: ['prefilledVariables', 'SECRET'], message: marker.variable }] },
      }),
    );
    assert.equal(invalid.error.params['detail'], 'Input validation failed (prefilledVariables.SECRET)');
    const busy = await startFailure((response) =>
      sendJson(response, 429, { message: 'slow down' }, { 'Retry-After': '7' }),
    );
    assert.ok(busy.error instanceof RefusedError);
    assert.equal(busy.error.retryAfterMs, 7000);
  });

  it('asks for a token of a draft', async () => {
    const typebot = await bench.server((_asked, response) =>
      refuse(response, 401, 'UNAUTHORIZED', 'You need to be authenticated to perform this action'),
    );
    const startUrl = `${typebot.origin}/api/v1/typebots/cmdraft/preview/startChat`;
    const error = await failureOf(bench.client(typebot, { startUrl }).start());
    assert.equal(error.code, 'TYPEBOT_AUTH');
  });

  it('names the field, and no secret, also where the server repeats all that it got', async () => {
    const { session: sessionId, ...sent } = marker;
    const echo = Object.values(sent).join(' / ');
    const headers = { 'Content-Type': 'application/json', 'X-Echo': echo };
    for (const status of [400, 401, 403, 404, 408, 413, 418, 429, 500, 501, 502, 503, 504, 520]) {
      for (const [, failing] of both) {
        await failing((response) => refuse(response, status, 'SOME_CODE', `no: ${echo}`));
        await failing((response) => page(response, status, echo));
        await failing((response) => response.writeHead(status, headers).end(`{"message": "${echo}`));
      }
    }
    await startFailure((response) => page(response, 200, echo));
    await answerFailure((response) => page(response, 200, echo));
    const path = `/api/v1/sessions/${sessionId}/continueChat`;
    await answerFailure((response) => refuse(response, 400, 'SOME_CODE', `no: ${sessionId} ${path}`));
    await answerFailure((response) => page(response, 500, `Cannot POST ${path}`));
  });

  describe('of which nobody knows what it did', () => {
    for (const status of [502, 503, 504, 520]) {
      it(`keeps an answer from being sent twice after ${status}`, async () => {
        const { error, calls } = await answerFailure((response) => page(response, status, 'Bad Gateway'));
        assert.ok(error instanceof UnreachableError);
        assert.deepEqual(
          [error.code, error.sent, error.params['reason'], calls],
          ['TYPEBOT_UNCERTAIN', true, `HTTP ${status}`, 1],
        );
      });
    }

    for (const [name, answer] of [
      ['a reset', (response) => response.destroy()],
      [
        'half an answer',
        (response) => void response.writeHead(200, { 'content-length': '100' }).write('{"mess'),
      ],
      ['a page', (response) => page(response, 200, 'Welcome')],
      ['other JSON', (response) => sendJson(response, 200, { ok: true })],
    ] as const satisfies readonly (readonly [string, Answer])[]) {
      it(`keeps an answer from being sent twice after ${name}`, async () => {
        const { error, calls } = await answerFailure((response) => {
          answer(response);
          if (name === 'half an answer') setImmediate(() => response.destroy());
        });
        assert.deepEqual([error.code, calls], ['TYPEBOT_UNCERTAIN', 1]);
      });
    }

    it('keeps an answer from being sent twice after its time is up', async () => {
      const typebot = await bench.server(() => undefined);
      const changes = { startUrl: `${typebot.origin}/${marker.bot}`, timeoutMs: 90_000 };
      const failing = failureOf(bench.client(typebot, changes).answer(session, said(marker.text)));
      await until(() => typebot.asked.length === 1, 'the call');
      await bench.clock.advance(90_000);
      const error = await failing;
      assert.deepEqual(
        [error.code, error.params['reason'], error.params['seconds'], typebot.asked.length],
        ['TYPEBOT_UNCERTAIN', 'ETIMEDOUT', 90, 1],
      );
    });
  });

  describe('of a start', () => {
    const opened = started({ messages: [text('Hello!')], input: textInput() });

    for (const status of [502, 503]) {
      it(`is met by one more try after ${status}`, async () => {
        const { client, typebot } = await clientOf((response, place) =>
          place === 1 ? page(response, status, 'Bad Gateway') : sendJson(response, 200, opened),
        );
        assert.equal((await client.start()).ended, false);
        assert.equal(typebot.asked.length, 2);
        const { error, calls } = await startFailure((response) => page(response, status, 'Bad Gateway'));
        assert.deepEqual([error.code, calls], ['TYPEBOT_UNREACHABLE', 2]);
      });
    }

    it('is final after 504 and after a connection that broke', async () => {
      const late = await startFailure((response) => page(response, 504, 'Gateway Time-out'));
      const broken = await startFailure((response) => response.destroy());
      assert.deepEqual([late.error.code, late.calls], ['TYPEBOT_UNREACHABLE', 1]);
      assert.deepEqual([broken.error.code, broken.calls], ['TYPEBOT_UNREACHABLE', 1]);
    });

    it('is a time-out after the time that was given', async () => {
      const typebot = await bench.server(() => undefined);
      const failing = failureOf(bench.client(typebot, { timeoutMs: 60_000 }).start());
      await until(() => typebot.asked.length === 1, 'the call');
      await bench.clock.advance(60_000);
      const error = await failing;
      assert.deepEqual([error.code, error.params['seconds']], ['TYPEBOT_TIMEOUT', 60]);
      assert.equal(typebot.asked.length, 1);
    });

    it('tells what is no viewer by a page in place of an answer', async () => {
      for (const [status, expected] of [
        [200, 'TYPEBOT_ADDRESS'],
        [401, 'TYPEBOT_ADDRESS'],
        [404, 'TYPEBOT_ADDRESS'],
        [500, 'TYPEBOT_FAILED'],
      ] as const) {
        const { error } = await startFailure((response) => page(response, status, 'Some page'));
        assert.equal(error.code, expected);
      }
      const { error } = await startFailure((response) => sendJson(response, 200, answered()));
      assert.equal(error.code, 'TYPEBOT_ADDRESS');
    });
  });

  for (const [name, failing] of both) {
    it(`of ${name} tells where a redirect leads, and nobody follows it`, async () => {
      const target = await bench.server((_asked, response) => sendJson(response, 200, started({})));
      for (const status of [301, 302, 307, 308]) {
        const { error, calls } = await failing((response) =>
          response.writeHead(status, { location: `${target.origin}/secret/${marker.bot}?x=1` }).end(),
        );
        assert.deepEqual([error.code, error.params['target'], calls], ['TYPEBOT_MOVED', target.origin, 1]);
      }
      const { error } = await failing((response) => response.writeHead(302, { location: '/signin' }).end());
      assert.match(String(error.params['target']), /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.equal(target.asked.length, 0);
    });

    it(`of ${name} has limits for what comes back`, async () => {
      const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024, ' '));
      const { error } = await failing((response) =>
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' }).end(bomb),
      );
      assert.equal(error.params['reason'], 'TOO_LARGE');
    });

    it(`of ${name} is a plain one when nobody listens there`, async () => {
      const origin = `http://127.0.0.1:${await findFreePort()}`;
      const client = bench.client({ origin }, { startUrl: `${origin}/${marker.bot}` }, hastyClock);
      const attempt = name === 'a start' ? client.start() : client.answer(session, said(marker.text));
      const error = await failureOf(attempt);
      assert.ok(error instanceof UnreachableError);
      assert.deepEqual(
        [error.code, error.sent, error.params['reason']],
        ['TYPEBOT_UNREACHABLE', false, 'ECONNREFUSED'],
      );
    });
  }

  it('hides also in the logs of an answer', async () => {
    const description = `saw ${marker.variable}, ${marker.text}, ${marker.token} and ${marker.bot}`;
    const logs = [{ status: 'error', description }];
    const { client } = await clientOf((response) =>
      sendJson(response, 200, started({ messages: [text('Hi')], logs })),
    );
    const turn = await client.start({ ...options, said: said(marker.text) });
    assertHidden(turn.logs);
    assert.equal(turn.logs[0]?.description, 'saw ***, ***, *** and ***');
  });
});
