import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { findFreePort } from '../../support/free-port';
import { sendJson } from '../../../sandbox/shared/http-listener';
import { hastyClock, page, refuse, started, typebotBench } from './support';

describe('the check of a Typebot bot', () => {
  const bench = typebotBench();
  const registered = started({
    typebot: { id: 't1', version: '6.1', theme: {}, settings: {}, publishedAt: '2026-08-01T10:00:00.000Z' },
  });
  const alive = (response: ServerResponse): unknown => sendJson(response, 200, { status: 'ok' });
  const notFound = (response: ServerResponse): unknown => page(response, 404, 'Not found');
  type Reply = (response: ServerResponse) => unknown;

  async function checked(
    replies: { health?: Reply; start: Reply; answer?: Reply },
    path = '/my-bot',
    token = '',
  ) {
    const typebot = await bench.server((asked, response) => {
      if (asked.path === '/api/healthz') return (replies.health ?? alive)(response);
      return asked.path.endsWith('startChat')
        ? replies.start(response)
        : (replies.answer ?? notFound)(response);
    });
    const client = bench.client(typebot, { startUrl: `${typebot.origin}${path}`, token }, hastyClock);
    const facts = await client.check();
    return { facts, typebot, verdict: facts.verdict };
  }

  it('finds a published bot, runs nothing of it, and leaves no result', async () => {
    const { facts, typebot } = await checked({ start: (response) => sendJson(response, 200, registered) });
    assert.deepEqual(facts, {
      verdict: 'ready',
      host: typebot.origin.replace('http://', ''),
      botId: 'my-bot',
      isPreview: false,
      isAlive: true,
      version: '6.1',
      publishedAt: '2026-08-01T10:00:00.000Z',
    });
    assert.deepEqual(typebot.asked.find(({ path }) => path.endsWith('startChat'))?.body, {
      isOnlyRegistering: true,
      isStreamEnabled: false,
      textBubbleContentFormat: 'richText',
    });
    assert.equal(typebot.asked.length, 2);
  });

  it('is content with a viewer that does not tell its health', async () => {
    const { facts } = await checked({
      health: notFound,
      start: (response) => sendJson(response, 200, registered),
    });
    assert.deepEqual([facts.verdict, facts.isAlive], ['ready', false]);
  });

  for (const [verdict, status, code, message] of [
    ['closed', 400, 'BAD_REQUEST', 'Back on Monday'],
    ['closed', 403, 'FORBIDDEN', 'This bot is now closed'],
    ['not-found', 404, 'NOT_FOUND', 'Typebot not found'],
    ['refused', 403, 'FORBIDDEN', 'Origin not allowed'],
    ['refused', 500, 'INTERNAL_SERVER_ERROR', 'Something broke'],
  ] as const) {
    it(`is ${verdict} after ${status} "${message}"`, async () => {
      const { facts } = await checked({ start: (response) => refuse(response, status, code, message) });
      assert.equal(facts.verdict, verdict);
      assert.equal(facts.error?.params['detail'], message);
    });
  }

  it('knows the builder by its wish for a login, or by the sessions that it has', async () => {
    const wantsLogin: Reply = (response) =>
      refuse(response, 401, 'UNAUTHORIZED', 'You need to be authenticated to perform this action');
    const noSession: Reply = (response) => refuse(response, 404, 'NOT_FOUND', 'Session not found.');
    const plain: Reply = (response) => response.writeHead(404).end('Not found');
    for (const [start, answer] of [
      [wantsLogin, notFound],
      [notFound, wantsLogin],
      [plain, wantsLogin],
      [plain, noSession],
    ] as const) {
      assert.equal((await checked({ health: notFound, start, answer })).verdict, 'builder');
    }
  });

  it('knows what is no Typebot at all', async () => {
    const hello: Reply = (response) => page(response, 200, 'Our web shop');
    const login: Reply = (response) => page(response, 401, 'Log in');
    for (const start of [hello, login, notFound]) {
      assert.equal((await checked({ health: notFound, start, answer: start })).verdict, 'no-typebot');
    }
  });

  it('tells where a redirect leads', async () => {
    const { facts } = await checked({
      start: (response) => response.writeHead(308, { location: 'https://typebot.example/api/x' }).end(),
    });
    assert.deepEqual([facts.verdict, facts.target], ['moved', 'https://typebot.example']);
  });

  it('wants a good token of a draft', async () => {
    const refused: Reply = (response) => refuse(response, 401, 'UNAUTHORIZED', 'Not you');
    const draft = await checked({ start: refused }, '/api/v1/typebots/cmdraft/preview/startChat', 'tb1');
    assert.deepEqual([draft.verdict, draft.facts.isPreview, draft.facts.botId], ['denied', true, 'cmdraft']);
  });

  it('is unreachable where nobody listens', async () => {
    const origin = `http://127.0.0.1:${await findFreePort()}`;
    const facts = await bench.client({ origin }, {}, hastyClock).check();
    assert.deepEqual([facts.verdict, facts.isAlive], ['unreachable', false]);
    assert.equal(facts.error?.params['reason'], 'ECONNREFUSED');
  });

  it('ends with its caller', async () => {
    const typebot = await bench.script(registered);
    const stop = AbortSignal.abort();
    await assert.rejects(bench.client(typebot).check({ signal: stop }), { code: 'CANCELLED' });
  });
});
