import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../lib/core/fields';
import { startPortal, type Portal } from '../../sandbox/bitrix24';
import { speechSenseEnvironment } from '../../sandbox/environment';
import { startSpeechSense, type SpeechSense } from '../../sandbox/speechsense';
import { shippedFlow } from '../integration/bitrix24-nodes/shipped';
import { until } from '../support/until';
import { createNodeRedProcess, type NodeRedProcess } from './node-red-process';

describe('the chat sync under kill -9', function () {
  this.timeout(180_000);
  let portal: Portal;
  let service: SpeechSense;
  let red: NodeRedProcess;

  before(async () => {
    portal = await startPortal({ limits: 'off' });
    service = await startSpeechSense();
    red = await createNodeRedProcess({
      ...speechSenseEnvironment(service),
      BITRIX_WEBHOOK_URL: portal.webhookUrl,
      SYNC_FROM_DATE: new Date(Date.now() - 60 * 24 * 60 * 60_000).toISOString().slice(0, 10),
    });
  });
  after(async () => {
    await red.remove();
    await service.stop();
    await portal.stop();
  });

  function flow(): object[] {
    return shippedFlow('SpeechSense/2 Open Channel chats.json').map((node) => {
      const type = textAt(node, 'type');
      if (type === 'bitrix-portal') return { ...node, plan: 'enterprise' };
      return type === 'openline-chats' ? { ...node, everyMinutes: 60, inFlight: 6 } : node;
    });
  }

  async function panel(order?: { path: string; body: object }): Promise<unknown> {
    const request = order && {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(order.body),
    };
    const response = await fetch(`${red.url}/bitlane/panel${order ? `/${order.path}` : ''}`, request);
    return response.json();
  }

  /** Resolves with the cursor when no run is under way. */
  async function idle(): Promise<unknown> {
    const limit = Date.now() + 60_000;
    for (;;) {
      const [cursor] = entriesAt(await panel(), 'cursors');
      if (textAt(cursor, 'state') === 'idle') return cursor;
      assert.ok(Date.now() < limit, 'the run does not end');
    }
  }

  /** Chats whose upload was cut off are late; by their key the stand-in tells which of them are talks. */
  async function settle(): Promise<unknown> {
    const key = textAt(await idle(), 'key');
    await panel({ path: 'cursor', body: { key, action: 'late' } });
    await idle();
    for (const uploads of entriesAt(await panel(), 'uploads')) {
      for (const held of entriesAt(uploads, 'held')) {
        const body = { list: textAt(uploads, 'list'), key: textAt(held, 'key'), how: 'again' };
        assert.ok(!service.talks.some(({ fields }) => fields['upload_key'] === body.key), 'it was found');
        await panel({ path: 'upload', body });
      }
    }
    await panel({ path: 'cursor', body: { key, action: 'late' } });
    return idle();
  }

  it('misses no chat and sends none twice', async () => {
    const wanted = portal.sessions.seedMany({ count: 90 }).map(({ id }) => id);
    await red.start();
    await red.deploy(flow());
    for (const part of [7, 23, 41, 62, 80]) {
      await until(() => service.talks.length >= part, `${part} talks`, 30_000);
      red.kill9();
      wanted.push(...portal.sessions.seedMany({ count: 2, seed: part }).map(({ id }) => id));
      await red.start();
    }
    const cursor = await settle();
    assert.deepEqual([at(cursor, 'late'), at(cursor, 'failed')], [0, 0]);
    assert.deepEqual(
      service.talks.map(({ fields }) => Number(fields['session_id'])).sort((one, other) => one - other),
      wanted.sort((one, other) => one - other),
    );
  });
});
