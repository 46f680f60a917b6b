import assert from 'node:assert/strict';
import { join } from 'node:path';
import { at, textAt } from '../../../lib/core/fields';
import type { CallInit, Portal } from '../../../sandbox/bitrix24';
import { diskFiles } from '../../../lib/store/files';
import { loadFolder } from '../../../lib/store/load';
import { speechSenseEnvironment } from '../../../sandbox/environment';
import { startSpeechSense, type SpeechSense, type SpeechSenseOptions } from '../../../sandbox/speechsense';
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
  untilLookedAt(): Promise<void>;
  /** Until the flow of each talk has ended, and no note of it is left: only then a deploy finds nothing to go on with. */
  untilAllIsHandedOut(): Promise<void>;
}

export interface ResultsHouse {
  readonly scene: Scene;
  open(options?: Pick<SpeechSenseOptions, 'apiKey' | 'conversation'>): Promise<ResultsPlace>;
}

/** A real Node-RED for the tests of one `describe`; each of them has a portal, a SpeechSense and a store of its own. */
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
    async open({ apiKey, conversation } = {}) {
      const portal = await scene.portal();
      const place = services.length;
      // What was sent to a connection is remembered, and calls of two portals may have one id.
      const connections = { [`eagresults${place}`]: 'audio', [`eagchats${place}`]: 'chat' } as const;
      const service = await startSpeechSense({
        ...{ connections, readyAfterMs: 0 },
        ...(apiKey !== undefined && { apiKey }),
        ...(conversation && { conversation }),
      });
      services.push(service);
      const variables = variablesFor(portal, service);
      Object.assign(process.env, variables);
      for (const name of Object.keys(variables)) environment.add(name);
      const opened = placeOf(scene, { portal, service, folder: `bitlane/results-${place}` });
      // What the test before has left under way speaks until its nodes are gone.
      await scene.deploy([]);
      await opened.deploy();
      return opened;
    },
  };
}

interface PlaceParts {
  readonly portal: Portal;
  readonly service: SpeechSense;
  /** Of its store, in the user folder. */
  readonly folder: string;
}

function placeOf(scene: Scene, { portal, service, folder }: PlaceParts): ResultsPlace {
  const heard = (name: string): unknown[] => scene.watch.heard(node(name));
  const reports = (): unknown[] =>
    scene.watch.heard('bitlane-calls-summary').map((message) => at(message, 'payload'));
  const summaries = (): unknown[] => reports().filter((report) => textAt(report, 'report') === 'summary');

  return {
    portal,
    service,
    heard,
    deploy: (type = 'full', flows = bothFlows()) =>
      scene.deploy(
        flows.map((part) => (textAt(part, 'type') === 'bitlane-store' ? { ...part, folder } : part)),
        type,
      ),
    async sync(payload = true) {
      const before = summaries().length;
      scene.send('bitlane-calls-source', { payload });
      await until(() => summaries().length > before, 'the end of the run');
      return summaries()[before];
    },
    bring: (message) => scene.send(node('in'), { ...message }),
    comments: () => portal.timeline.map(({ text }) => text),
    transcripts: () => portal.telephony.transcripts,
    async untilHeard(name, count = 1) {
      await until(() => heard(name).length >= count, `${count} messages at ${name}`);
      return heard(name);
    },
    untilLookedAt: () => until(() => looksAt(service) > 0, 'the first look'),
    async untilAllIsHandedOut() {
      const place = join(scene.red.userDir, folder);
      await until(async () => (await notedTalks(place)) === 0, 'the flows of the talks');
    },
  };
}

/** In a store that is in use: it is read as it is, and nothing in it is put right. */
async function notedTalks(folder: string): Promise<number> {
  const leave = (): Promise<void> => Promise.resolve();
  const files = { ...diskFiles, remove: leave, rename: leave, truncate: leave };
  const { state } = await loadFolder(files, folder, () => performance.now());
  return [...state.entries.keys()].filter((key) => key.startsWith('speechsense:waiting:')).length;
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
