import assert from 'node:assert/strict';
import { at, textAt } from '../../../lib/core/fields';
import type { CallInit, Portal } from '../../../sandbox/bitrix24';
import { speechSenseEnvironment } from '../../../sandbox/environment';
import { startSpeechSense, type SpeechSense } from '../../../sandbox/speechsense';
import { until } from '../../support/until';
import { useScene, type Scene } from '../bitrix24-nodes/scene';
import { shippedFlow } from '../bitrix24-nodes/shipped';

export const node = (name: string): string => `bitlane-results-${name}`;
export const HOUR_MS = 3600_000;

/** Whoever was called; the portal has a card of this client. */
export const knownClient: CallInit = { duration: 40, operatorId: 7, crm: { type: 'CONTACT', id: 275 } };

/** Both flows as somebody has them who imported the one after the other. */
export function bothFlows(): object[] {
  const nodes = new Map<string, object>();
  for (const file of ['1 Call sync', '5 Results back to CRM']) {
    for (const part of shippedFlow(`SpeechSense/${file}.json`)) nodes.set(textAt(part, 'id') ?? '', part);
  }
  return [...nodes.values()];
}

export function variablesFor(portal: Portal, service: SpeechSense): Record<string, string> {
  return {
    ...speechSenseEnvironment(service),
    BITRIX_WEBHOOK_URL: portal.webhookUrl,
    SYNC_FROM_DATE: new Date(Date.now() - 30 * 24 * HOUR_MS).toISOString().slice(0, 10),
  };
}

export interface ResultsPlace {
  readonly portal: Portal;
  readonly service: SpeechSense;
  /** The same flows once more: every node is closed and made anew. */
  deploy(type?: 'full' | 'nodes' | 'flows', flows?: object[]): Promise<void>;
  /** Reads the calls and uploads them; resolves with the report of the run. */
  sync(payload?: unknown): Promise<unknown>;
  /** As the call sync sends a talk on. */
  bring(message: Readonly<Record<string, unknown>>): void;
  comments(): string[];
  transcripts(): Portal['telephony']['transcripts'];
  heard(name: string): unknown[];
  untilHeard(name: string, count?: number): Promise<unknown[]>;
}

export interface ResultsHouse {
  readonly scene: Scene;
  open(options?: { apiKey?: string }): Promise<ResultsPlace>;
}

/** A real Node-RED for the tests of one `describe`; each of them has a portal and a SpeechSense of its own. */
export function useResultsHouse(options: { logLevel?: 'warn' | 'trace' } = {}): ResultsHouse {
  const scene = useScene(options);
  const services: SpeechSense[] = [];
  const environment = new Set<string>();
  after(async () => {
    for (const service of services) await service.stop();
    for (const name of environment) Reflect.deleteProperty(process.env, name);
  });

  return {
    scene,
    async open({ apiKey } = {}) {
      const portal = await scene.portal();
      const place = services.length;
      // What was sent to a connection is remembered, and calls of two portals may have one id.
      const connections = { [`eagresults${place}`]: 'audio', [`eagchats${place}`]: 'chat' } as const;
      const service = await startSpeechSense({
        ...{ connections, readyAfterMs: 0 },
        ...(apiKey !== undefined && { apiKey }),
      });
      services.push(service);
      const variables = variablesFor(portal, service);
      Object.assign(process.env, variables);
      for (const name of Object.keys(variables)) environment.add(name);
      const opened = placeOf(scene, portal, service);
      await opened.deploy();
      return opened;
    },
  };
}

function placeOf(scene: Scene, portal: Portal, service: SpeechSense): ResultsPlace {
  const heard = (name: string): unknown[] => scene.watch.heard(node(name));
  const reports = (): unknown[] =>
    scene.watch.heard('bitlane-calls-summary').map((message) => at(message, 'payload'));
  const summaries = (): unknown[] => reports().filter((report) => textAt(report, 'report') === 'summary');

  return {
    portal,
    service,
    heard,
    deploy: (type = 'full', flows = bothFlows()) => scene.deploy(flows, type),
    async sync(payload = true) {
      const before = summaries().length;
      scene.send('bitlane-calls-source', { payload });
      await until(() => summaries().length > before, 'the end of the run', 20_000);
      return summaries()[before];
    },
    bring: (message) => scene.send(node('in'), { ...message }),
    comments: () => portal.timeline.map(({ text }) => text),
    transcripts: () => portal.telephony.transcripts,
    async untilHeard(name, count = 1) {
      await until(() => heard(name).length >= count, `${count} messages at ${name}`, 20_000);
      return heard(name);
    },
  };
}

/** What the call sync has sent on of the only talk, with everything that it says of the call. */
export function talkMessage(place: ResultsPlace): Record<string, unknown> {
  const [message] = place.heard('in');
  // Without what says that it belongs to the run of the sync.
  const copy: unknown = JSON.parse(
    JSON.stringify(message ?? assert.fail('nothing has come from the call sync')),
  );
  return Object.assign({}, copy);
}

export function looksAt(service: SpeechSense): number {
  return service.callsOf('Get').length;
}

/** While a talk is in hand, a second message about it is a copy, so it is brought until it is taken. */
export async function bringAgain(
  place: ResultsPlace,
  message: Readonly<Record<string, unknown>>,
  isTaken: () => boolean,
): Promise<void> {
  for (let time = 0; time < 20 && !isTaken(); time += 1) {
    place.bring(message);
    await until(isTaken, 'the outcome', 1000).catch(() => undefined);
  }
  assert.ok(isTaken(), 'the message was never taken');
}
