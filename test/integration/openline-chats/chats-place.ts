import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import { speechSenseEnvironment } from '../../../sandbox/environment';
import type { Portal, PortalOptions } from '../../../sandbox/bitrix24';
import { startSpeechSense, type SpeechSense } from '../../../sandbox/speechsense';
import { patienceMs } from '../../support/patience';
import { until } from '../../support/until';
import type { Scene } from '../bitrix24-nodes/scene';
import { shippedFlow } from '../bitrix24-nodes/shipped';

const nodes = 'bitlane-chat-sync-';
export const sourceId = `${nodes}chats`;
export const errorsId = `${nodes}errors`;

export type Report = Readonly<Record<string, unknown>>;

/** The shipped flow on a portal and a SpeechSense of its own. */
export interface ChatsPlace {
  readonly portal: Portal;
  readonly service: SpeechSense;
  /** `catchTo`: a node in the place of the one that shows the errors. `beside`: further nodes. */
  deploy(
    source?: object,
    type?: 'full' | 'nodes' | 'flows',
    more?: { catchTo?: object; beside?: readonly object[] },
  ): Promise<void>;
  send(payload: unknown): void;
  /** Resolves with the report of the run that this starts, or with another kind of report. */
  ask(payload: unknown, report?: string): Promise<Report>;
  /** The sessions of the talks, as often as they are there. */
  sent(): number[];
  /** What the panel shows of the cursor. */
  cursor(): Promise<unknown>;
  /** What Prometheus is told of the syncs. */
  metrics(): Promise<string[]>;
  press(order: object): Promise<unknown>;
  /** Resolves with what the panel shows when the run has ended. */
  idle(): Promise<unknown>;
  /** As a person does who has looked in SpeechSense, and not found them. */
  sendHeldAgain(): Promise<void>;
  stop(): Promise<void>;
}

let places = 0;

export async function openPlace(scene: Scene, options: PortalOptions = {}): Promise<ChatsPlace> {
  places += 1;
  const portal = await scene.portal(options);
  // What was sent to a connection is remembered, and sessions of two portals may have one id.
  const service = await startSpeechSense({ connections: { [`eagchats${places}`]: 'chat' } });
  const variables: Record<string, string> = {
    ...speechSenseEnvironment(service),
    BITRIX_WEBHOOK_URL: portal.webhookUrl,
    SYNC_FROM_DATE: new Date(Date.now() - 60 * 24 * 60 * 60_000).toISOString().slice(0, 10),
  };
  Object.assign(process.env, variables);

  const reports = (kind: string): Report[] =>
    scene.watch
      .heard(`${nodes}summary`)
      .map((message) => Object.assign({}, at(message, 'payload')))
      .filter((report: Report) => report['report'] === kind);

  async function post(path: string, body: object): Promise<unknown> {
    const response = await fetch(`${scene.red.url}/bitlane/panel/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.json();
  }

  async function snapshot(): Promise<unknown> {
    return (await fetch(`${scene.red.url}/bitlane/panel`)).json();
  }

  async function cursor(): Promise<unknown> {
    const [first, ...others] = entriesAt(await snapshot(), 'cursors');
    assert.equal(others.length, 0);
    return first;
  }

  return {
    portal,
    service,
    deploy: (source = {}, type = 'full', { catchTo, beside = [] } = {}) =>
      scene.deploy([...flowWith(source, catchTo), ...beside], type),
    send: (payload) => scene.send(sourceId, { payload }),
    async ask(payload, kind = 'summary') {
      const before = reports(kind).length;
      scene.send(sourceId, { payload });
      await until(() => reports(kind).length > before, `a report: ${kind}`);
      return reports(kind)[before] ?? assert.fail('no report');
    },
    sent: () =>
      service.talks.map(({ fields }) => Number(fields['session_id'])).sort((one, other) => one - other),
    cursor,
    async metrics() {
      const text = await (await fetch(`${scene.red.url}/bitlane/metrics`)).text();
      return text.split('\n').filter((line) => line.startsWith('bitlane_sync_'));
    },
    press: async (order) => post('cursor', { key: textAt(await cursor(), 'key'), ...order }),
    async idle() {
      const limit = Date.now() + patienceMs;
      for (;;) {
        const seen = await cursor();
        if (textAt(seen, 'state') === 'idle') return seen;
        assert.ok(Date.now() < limit, 'the run does not end');
      }
    },
    async sendHeldAgain() {
      for (const uploads of entriesAt(await snapshot(), 'uploads')) {
        for (const held of entriesAt(uploads, 'held')) {
          const key = textAt(held, 'key') ?? '';
          assert.ok(!service.talks.some(({ fields }) => fields['upload_key'] === key), `${key} was found`);
          await post('upload', { list: textAt(uploads, 'list'), key, how: 'again' });
        }
      }
    },
    async stop() {
      await scene.deploy([]);
      await service.stop();
      for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
    },
  };
}

/** The portal of the tests takes as many requests as there come. */
function flowWith(source: object, catchTo?: object): object[] {
  return shippedFlow('SpeechSense/2 Open Channel chats.json').map((node) => {
    if (textAt(node, 'type') === 'bitrix-portal') return { ...node, plan: 'enterprise' };
    if (catchTo && textAt(node, 'id') === errorsId) {
      return { id: errorsId, z: textAt(node, 'z'), x: 0, y: 0, wires: [[]], ...catchTo };
    }
    return textAt(node, 'id') === sourceId ? { ...node, ...source } : node;
  });
}
