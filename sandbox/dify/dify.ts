import { systemClock, type Clock } from '../../lib/core/clock';
import { listen } from '../shared/http-listener';
import { createWaiting, type WaitOptions } from '../shared/waiting';
import { createApp, usualApps, type AppInit, type DifyApp } from './app';
import { createMasking, type CallRecord } from './calls';
import { conversationEndpoints } from './conversations';
import { discoveryEndpoints } from './discovery';
import type { ApiCall } from './endpoint';
import { fileEndpoints } from './files';
import { createForms } from './forms';
import type { Gate } from '../shared/gates';
import { messageEndpoints } from './messages';
import { createOrders } from './orders';
import { createOutputFiles } from './output-files';
import { createPlayRaw } from './play';
import { planOf, type Plan } from './plans';
import { runEndpoints } from './run-endpoints';
import { resultEndpoints } from './run-results';
import type { Run } from './run';
import { createRuns, type Holds } from './runs';
import type { EndpointName, HoldPoint, Scenario } from './scenario';
import { createDifyServer } from './server';
import { createState, type Conversation, type HumanForm, type Message, type UploadedFile } from './state';
import { createStreamHub } from './stream-hub';
import { voiceEndpoints } from './voice';

export interface DifyOptions {
  /** Default: any free one. */
  port?: number;
  /** Default: one of each kind. */
  apps?: readonly AppInit[];
  clock?: Clock;
  /** By the clock; default 10 s, 0 for none. */
  pingMs?: number;
  /** Between two pieces of text; default 0. */
  paceMs?: number;
  /** Told in `X-Version`; empty: not told. */
  version?: string;
  /** Whether addresses of made files name the server. Without `FILES_URL` it leaves that out. */
  fileAddresses?: 'absolute' | 'relative';
}

export interface Dify {
  /** Ends in `/v1`. */
  baseUrl: string;
  origin: string;
  /** Throws when there is no such app. */
  app: (name: string) => DifyApp;
  addApp: (init: AppInit) => DifyApp;
  /** The next calls of this app play these, one each. */
  script: (app: string | DifyApp, ...scenarios: Scenario[]) => void;
  /** Every call of this app for which nothing is scripted plays this; undefined ends it. */
  always: (app: string | DifyApp, scenario: Scenario | undefined) => void;
  /** The next run of this app stops there until the gate is opened. */
  hold: (app: string | DifyApp, point: HoldPoint) => Gate;
  /** Forgets what was scripted and held. */
  clearScripts: () => void;
  /** To everybody who listens. */
  ping: () => void;
  readonly calls: readonly CallRecord[];
  /** Those of one endpoint. */
  callsOf: (endpoint: EndpointName) => readonly CallRecord[];
  /** A call that fits, when it comes; `ended` tells when it is over. */
  waitForCall: (fits: (call: CallRecord) => boolean, options?: WaitOptions) => Promise<CallRecord>;
  readonly runs: readonly Run[];
  waitForRun: (fits?: (run: Run) => boolean, options?: WaitOptions) => Promise<Run>;
  readonly conversations: readonly Conversation[];
  readonly messages: readonly Message[];
  readonly files: readonly UploadedFile[];
  readonly forms: readonly HumanForm[];
  /** Its time is up: the run goes on without an answer. */
  expireForm: (form: HumanForm) => void;
  stop: () => Promise<void>;
}

const usualPingMs = 10_000;

export async function startDify(options: DifyOptions = {}): Promise<Dify> {
  const { clock = systemClock, version = '1.14.0', pingMs = usualPingMs, paceMs = 0 } = options;
  let origin = '';
  const now = (): number => clock.now();
  const stopping = new AbortController();
  const { signal } = stopping;
  const state = createState(() => origin, now);
  const masking = createMasking();
  const orders = createOrders();
  const waiting = createWaiting<CallRecord>();
  const waitingRuns = createWaiting<Run>();
  const calls: CallRecord[] = [];
  const forms = createForms(state, masking.hide);
  const streams = createStreamHub({ clock, pingMs, signal });
  const playRaw = createPlayRaw(clock, streams, signal);
  const filePrefix = (): string => (options.fileAddresses === 'relative' ? '' : origin);
  const outputFiles = createOutputFiles(filePrefix, now);
  const runs = createRuns(state, { clock, paceMs, forms, signal }, outputFiles.publish, waitingRuns.note);

  function addApp(init: AppInit): DifyApp {
    const app = createApp(init);
    if ([...state.apps.values()].some(({ name }) => name === app.name))
      throw new Error(`there is an app named ${app.name} already`);
    masking.hide(app.key);
    state.apps.set(app.key, app);
    return app;
  }

  function appOf(app: string | DifyApp): DifyApp {
    if (typeof app !== 'string') return app;
    const found = [...state.apps.values()].find(({ name }) => name === app);
    if (!found) throw new Error(`no app named ${app}`);
    return found;
  }

  function take(endpoint: 'run' | 'events', { app, record }: ApiCall): { plan: Plan; holds: Holds } {
    const ordered = orders.take(app, endpoint);
    if (ordered) record.scenario = ordered.name;
    const holds: Holds = endpoint === 'run' ? orders.takeHolds(app) : new Map<HoldPoint, Gate>();
    return { plan: ordered ?? planOf('plain'), holds };
  }

  const endpoints = [
    ...runEndpoints({ state, runs, streams, playRaw, signal, take: (call) => take('run', call) }),
    ...resultEndpoints({ runs, forms, streams, take: (call) => take('events', call) }),
    ...fileEndpoints(state),
    ...discoveryEndpoints(),
    ...messageEndpoints(state),
    ...conversationEndpoints(state),
    ...voiceEndpoints(),
  ];
  const noted = (record: CallRecord): void => {
    if (!calls.includes(record)) calls.push(record);
    waiting.note(record);
  };
  const parts = { state, endpoints, outputFiles, orders, masking, playRaw, version, noted };
  const listener = await listen(createDifyServer(parts), options.port);
  origin = listener.origin;
  for (const init of options.apps ?? usualApps) addApp(init);

  return {
    baseUrl: `${origin}/v1`,
    origin,
    app: appOf,
    addApp,
    script: (app, ...scenarios) => orders.script(appOf(app), scenarios),
    always: (app, scenario) => orders.always(appOf(app), scenario),
    hold: (app, point) => orders.hold(appOf(app), point),
    clearScripts: orders.clear,
    ping: streams.ping,
    calls,
    callsOf: (endpoint) => calls.filter((call) => call.endpoint === endpoint),
    waitForCall: (fits, waitOptions) => waiting.until(calls, fits, 'call', waitOptions),
    runs: runs.all,
    waitForRun: (fits = () => true, waitOptions) => waitingRuns.until(runs.all, fits, 'run', waitOptions),
    get conversations() {
      return [...state.conversations.values()];
    },
    get messages() {
      return [...state.messages.values()];
    },
    get files() {
      return [...state.files.values()];
    },
    get forms() {
      return [...state.forms.values()];
    },
    expireForm: forms.expire,
    async stop() {
      stopping.abort();
      waiting.stop();
      waitingRuns.stop();
      await listener.stop();
      await Promise.all(runs.all.map(({ ended }) => ended));
    },
  };
}
