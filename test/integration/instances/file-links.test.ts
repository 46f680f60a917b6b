import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createFileHttp } from '../../../lib/bitrix24/files/file-http';
import type { BotOfHub } from '../../../lib/bitrix24/hub/hub';
import { createMemberMemory, createPinStore } from '../../../lib/bitrix24/hub/portal-records';
import { createWebhookHub, type RunningHub } from '../../../lib/bitrix24/hub/webhook-hub';
import { createRestClient } from '../../../lib/bitrix24/rest/client';
import { webhookCredential } from '../../../lib/bitrix24/rest/webhook-credential';
import { createHttpClient } from '../../../lib/core/http';
import { idAt, at, entriesAt } from '../../../lib/core/fields';
import type { Store } from '../../../lib/store/store';
import { linkToFile, serveFileLinks } from '../../../nodes/runtime/bot/file-links';
import { bots } from '../../../nodes/runtime/kinds';
import { startPortal, type Portal } from '../../../sandbox/bitrix24';
import { useRedis } from '../store/redis-bench';
import { patienceMs } from '../../support/patience';

const botToken = 'MARKER-bot-token';

describe('the address of a file, given out by one instance', () => {
  const house = useRedis();
  const closing: (() => Promise<unknown> | void)[] = [];
  let portal: Portal;
  before(async () => {
    portal = await startPortal({ limits: 'off', webhook: {} });
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  after(() => portal.stop());

  function hubOn(store: Store): RunningHub {
    const base = new URL(portal.webhookUrl);
    const policy = { origin: 'configured' } as const;
    const http = createHttpClient({
      policy,
      timeoutMs: patienceMs,
      maxResponseBytes: 1_000_000,
      userAgent: 'test',
    });
    const files = createFileHttp({ origin: base.origin });
    const source = async (): Promise<Store> => store;
    const hub = createWebhookHub({
      ...{ base, domain: portal.domain, path: 'events', store: source, fileHttp: () => files },
      keeper: {
        ready: async () => undefined,
        keep: async () => undefined,
        readersChanged: () => undefined,
        backlog: async () => undefined,
      },
      applicationToken: undefined,
      bots: () => [],
      pins: createPinStore(source, portal.domain),
      members: createMemberMemory(source, portal.domain),
      connect: (at) => createRestClient({ credential: webhookCredential(at), http, plan: 'enterprise' }),
      onRefused: () => undefined,
      onUnwanted: () => undefined,
      onShared: () => undefined,
    });
    closing.push(async () => {
      await hub.close();
      files.close();
      http.close();
    });
    return hub;
  }

  it('gives the file away at another one, and nothing of it is to be read in Redis', async () => {
    const app = express();
    serveFileLinks({ httpNode: app, events: new EventEmitter() });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(
      () => new Promise((resolve) => server.close(resolve)),
      () => server.closeAllConnections(),
    );
    const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    const sandboxBot = portal.addBot({ botToken, code: 'helper' });
    const ofInstance = (store: Store): BotOfHub => ({
      hub: hubOn(store),
      ...{ code: 'helper', apiVersion: 'v2', botToken, publicUrl, idOn: () => sandboxBot.id },
    });
    const chat = portal.openChannel({ bots: [sandboxBot] });
    const file = { name: 'a.txt', contentType: 'text/plain', bytes: Buffer.from('content of a') };
    const { message } = await portal.clientSays(chat, { text: '', files: [file], hold: true });
    const id = idAt(entriesAt(at(message, 'files'))[0], 'id');
    assert.ok(id !== undefined);
    const bitrix = {
      portal: { memberId: portal.memberId, domain: portal.domain },
      bot: { id: sandboxBot.id, code: 'helper' },
      dialogId: 'MARKER-dialog',
    };

    // One instance after the other, as both are in this one process.
    const leaveA = bots.add(ofInstance(await house.open()));
    const link = await linkToFile({ id, name: 'a.txt' }, bitrix);
    leaveA();
    assert.equal((await fetch(link)).status, 404);
    closing.push(bots.add(ofInstance(await house.open())));
    for (let times = 0; times < 2; times += 1) {
      const response = await fetch(link);
      assert.deepEqual([response.status, await response.text()], [200, 'content of a']);
    }

    const client = house.client();
    const token = new URL(link).pathname.split('/')[3] ?? '';
    const [name = ''] = (await client.keys('*')).filter((key) => key.includes('file-link:'));
    const text = name + String(await client.get(name));
    assert.ok(token.length > 20 && !text.includes(token) && !text.includes('MARKER'));
    assert.ok((await client.pttl(name)) > 59 * 60_000);
  });
});
