import { createAppEvents, type AppEvents } from './app-events';
import { createCallLog, type CallLog, type CallRecord } from './call-log';
import type { MethodTable, PortalCore } from './call';
import { createCommanding, type Commanding } from './commanding';
import { createCourier, type Courier } from './deliveries';
import { createCrm } from './crm/crm';
import { createDownloads } from './downloads';
import { createFaults, type Faults } from './faults';
import { hearers } from './happenings';
import type { Answerer } from '../shared/http-listener';
import { createLimiter, planLimits } from './limiter';
import { createMasking, type Masking } from './masking';
import { methodTable } from './method-table';
import { chatOfMessage, seenMessage, type SeenMessage } from './messages';
import { createOperatingTime, type OperatingTime } from './operating';
import { createPages } from './pages';
import { createPortalServer } from './portal-server';
import { postTimeLimitMs } from './posting';
import { createRestRouter } from './rest-router';
import { createSessionLife } from './session-life';
import type { PortalOptions } from './setup';
import { createStage, type Stage } from './stage';
import type { Message, PortalState } from './state';
import { createTelephony } from './telephony/telephony';
import { createWaiting, type Waiting } from '../shared/waiting';

/** Everything behind the portal's surface, joined up. */
export interface PortalParts {
  core: PortalCore;
  courier: Courier;
  stage: Stage;
  commanding: Commanding;
  appEvents: AppEvents;
  faults: Faults;
  log: CallLog;
  operating: OperatingTime;
  masking: Masking;
  seen: Waiting<SeenMessage>;
  called: Waiting<CallRecord>;
  requests: () => number;
  /** Until every event that a call has caused is delivered. */
  settled: () => Promise<void>;
  addMethods: (table: MethodTable) => void;
  answerer: (movedTo: () => string | undefined) => Answerer;
  stop: () => void;
}

export function joinPortal(state: PortalState, options: PortalOptions): PortalParts {
  const stopping = new AbortController();
  const timeLimitMs = options.deliveryTimeLimitMs ?? postTimeLimitMs;
  const courier = createCourier(state, { timeLimitMs, stopped: stopping.signal });
  const masking = createMasking();
  const seen = createWaiting<SeenMessage>();
  const called = createWaiting<CallRecord>();
  const background = createBackground();
  const shown = (message: Message): void => seen.note(seenMessage(state, message));

  const announce: PortalCore['announce'] = (bots, happening) => background.add(courier.tell(bots, happening));
  const tellHearers = (message: Message, kind: 'message' | 'edit' | 'delete'): void => {
    const chat = chatOfMessage(state, message);
    const user = state.users.get(message.authorId);
    announce(hearers(state, chat, message), { kind, chat, message, user });
  };
  const core: PortalCore = {
    state,
    courier,
    announce,
    said: (message) => {
      shown(message);
      tellHearers(message, 'message');
    },
    changed: (message, kind) => {
      if (kind === 'edit') shown(message);
      tellHearers(message, kind);
    },
    downloads: createDownloads(
      state,
      { headers: options.downloadHeaders ?? 'required', links: options.downloadLinks ?? 'once' },
      masking.hide,
    ),
    sessions: createSessionLife(state),
    hide: masking.hide,
    crm: createCrm(state),
    telephony: createTelephony(state, courier, background.add),
  };
  hideSecrets(state, masking);

  let methods: MethodTable = methodTable(core, () => methods);
  const log = createCallLog(masking, called.note, options);
  const faults = createFaults();
  const operating = createOperatingTime(() => state.now());
  const limiter = createLimiter(options.limits ?? planLimits[state.plan], () => state.now());
  const rateLimitStatus = options.rateLimitStatus ?? 503;
  const rest = createRestRouter({
    state,
    methods: () => methods,
    limiter,
    rateLimitStatus,
    operating,
    faults,
    log,
  });
  const pages = createPages(state);
  let requestCount = 0;
  const counted = (): number => (requestCount += 1);
  const stage = createStage({ state, courier, shown });

  return {
    core,
    courier,
    stage,
    commanding: createCommanding(state, courier, stage, shown),
    appEvents: createAppEvents(state, courier),
    faults,
    log,
    operating,
    masking,
    seen,
    called,
    requests: () => requestCount,
    settled: background.settled,
    addMethods: (table) => {
      methods = { ...methods, ...table };
    },
    answerer: (movedTo) =>
      createPortalServer({
        rest,
        pages,
        downloads: core.downloads,
        recordings: core.telephony.downloads,
        faults,
        log,
        now: () => state.now(),
        movedTo,
        counted,
      }),
    stop: () => {
      stopping.abort();
      seen.stop();
      called.stop();
    },
  };
}

interface Background {
  add: (work: Promise<unknown>) => void;
  settled: () => Promise<void>;
}

function createBackground(): Background {
  const running = new Set<Promise<unknown>>();
  return {
    add(work) {
      const tracked: Promise<unknown> = work.finally(() => running.delete(tracked));
      running.add(tracked);
    },
    async settled() {
      while (running.size > 0) await Promise.allSettled([...running]);
    },
  };
}

function hideSecrets(state: PortalState, masking: Masking): void {
  masking.hide(state.webhook.secret);
  masking.hide(state.app?.clientSecret);
  state.grants.onSecret(masking.hide);
}
