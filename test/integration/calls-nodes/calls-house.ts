import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import { speechSenseEnvironment } from '../../../sandbox/environment';
import type { Portal, PortalOptions } from '../../../sandbox/bitrix24';
import { startSpeechSense, type SpeechSense, type StoredTalk } from '../../../sandbox/speechsense';
import { until } from '../../support/until';
import type { Changes } from '../bitrix24-nodes/flow-parts';
import { useScene, type Scene } from '../bitrix24-nodes/scene';
import { shippedFlow } from '../bitrix24-nodes/shipped';

export const sourceId = 'bitlane-calls-source';
export const uploadId = 'bitlane-calls-upload';
const summaryId = 'bitlane-calls-summary';

export type Row = Readonly<Record<string, unknown>>;

export interface FlowChanges {
  /** Of the source of calls. */
  readonly source?: Changes;
  readonly upload?: Changes;
  readonly portal?: Changes;
  /** In the place of the upload node. */
  readonly insteadOfUpload?: Changes;
  readonly more?: readonly object[];
}

/** The shipped flow on a portal and a SpeechSense of its own. */
export interface CallsPlace {
  readonly portal: Portal;
  readonly service: SpeechSense;
  deploy(changes?: FlowChanges, type?: 'full' | 'nodes' | 'flows'): Promise<void>;
  /** A button of the flow. */
  press(button: string): Promise<void>;
  send(payload: unknown): void;
  /** Resolves with the report of the run that this starts. */
  run(payload?: unknown): Promise<Row>;
  /** Resolves with the report that an action gives at once. */
  ask(payload: unknown): Promise<Row>;
  reports(kind?: string): Row[];
  /** Of each call that made talks, by its row: how many. */
  talkCounts(): Map<number, number>;
  talkOf(id: number): StoredTalk;
  /** As the portal gives it to whoever asks. */
  rowOf(id: number): Promise<Row>;
}

export interface CallsHouse {
  readonly scene: Scene;
  open(options?: {
    portal?: PortalOptions;
    changes?: FlowChanges;
    isDeployed?: boolean;
  }): Promise<CallsPlace>;
}

/** A real Node-RED for the tests of one `describe`; each of them has a portal and a SpeechSense of its own. */
export function useCallsHouse(options: { logLevel?: 'warn' | 'trace' } = {}): CallsHouse {
  const scene = useScene(options);
  const services: SpeechSense[] = [];
  const environment = new Set<string>();
  after(async () => {
    for (const service of services) await service.stop();
    for (const name of environment) Reflect.deleteProperty(process.env, name);
  });

  async function open({
    portal: portalOptions = {},
    changes = {},
    isDeployed = true,
  }: Parameters<CallsHouse['open']>[0] = {}): Promise<CallsPlace> {
    const portal = await scene.portal(portalOptions);
    // What was sent to a connection is remembered, and calls of two portals may have one id.
    const connections = {
      [`eagaudio${services.length}`]: 'audio',
      [`eagchat${services.length}`]: 'chat',
    } as const;
    const service = await startSpeechSense({ connections });
    services.push(service);
    const variables = {
      ...speechSenseEnvironment(service),
      BITRIX_WEBHOOK_URL: portal.webhookUrl,
      SYNC_FROM_DATE: new Date(Date.now() - 30 * 24 * 60 * 60_000).toISOString().slice(0, 10),
    };
    Object.assign(process.env, variables);
    for (const name of Object.keys(variables)) environment.add(name);
    const place = placeOf(scene, portal, service);
    // What the test before has left under way speaks until its nodes are gone.
    await scene.deploy([]);
    if (isDeployed) await place.deploy(changes);
    return place;
  }

  return { scene, open };
}

function placeOf(scene: Scene, portal: Portal, service: SpeechSense): CallsPlace {
  const reports = (kind = 'summary'): Row[] =>
    scene.watch
      .heard(summaryId)
      .map((message) => Object.assign({}, at(message, 'payload')))
      .filter((report: Row) => report['report'] === kind);
  const send = (payload: unknown): void => scene.send(sourceId, { payload });

  async function next(kind: string, act: () => void): Promise<Row> {
    const before = reports(kind).length;
    act();
    await until(() => reports(kind).length > before, `a report: ${kind}`);
    return reports(kind)[before] ?? assert.fail();
  }

  return {
    portal,
    service,
    send,
    reports,
    deploy: (changes = {}, type = 'full') => scene.deploy(changedFlow(changes), type),
    async press(button) {
      const response = await fetch(`${scene.red.url}/inject/${button}`, { method: 'POST' });
      assert.equal(response.status, 200);
    },
    run: (payload = true) => next('summary', () => send(payload)),
    ask(payload) {
      const kind = textAt(payload, 'action') === 'dry-run' ? 'dry-run' : 'status';
      return next(kind, () => send(payload));
    },
    talkCounts() {
      const counts = new Map<number, number>();
      for (const { fields } of service.talks) {
        const id = Number(fields['id']);
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      return counts;
    },
    talkOf: (id) =>
      service.talks.find(({ fields }) => fields['id'] === String(id)) ?? assert.fail(`no talk of call ${id}`),
    async rowOf(id) {
      const response = await fetch(`${portal.webhookUrl}voximplant.statistic.get`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ FILTER: { ID: id } }),
      });
      const [row] = entriesAt(await response.json(), 'result');
      return Object.assign({}, row);
    },
  };
}

/** Of an integrator who has written something else into some of its nodes. */
export function changedFlow({ source, upload, portal, insteadOfUpload, more = [] }: FlowChanges): object[] {
  const changed = shippedFlow('SpeechSense/1 Call sync.json').map((node): object => {
    const id = textAt(node, 'id');
    if (id === sourceId) return { ...node, ...source };
    if (id === 'bitlane-portal') return { ...node, plan: 'enterprise', ...portal };
    if (id !== uploadId) return node;
    if (!insteadOfUpload) return { ...node, ...upload };
    return { id, z: at(node, 'z'), x: 700, y: 100, wires: at(node, 'wires'), ...insteadOfUpload };
  });
  return [...changed, ...more];
}

/** The rows that made exactly one talk; fails when one made several. */
export function onceTalked(place: Pick<CallsPlace, 'talkCounts'>): number[] {
  const counts = [...place.talkCounts()];
  assert.deepEqual(
    counts.filter(([, count]) => count !== 1),
    [],
  );
  return counts.map(([id]) => id).sort((one, other) => one - other);
}
