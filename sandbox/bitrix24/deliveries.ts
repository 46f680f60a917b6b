import { eventAuth } from './event-auth';
import { v1EventBody } from './events-v1';
import { v2EventBody } from './events-v2';
import { eventNames, type Happening } from './happenings';
import { buildPhpQuery, type NullForm, type PhpMap } from './php-query';
import { post } from './posting';
import { isoStamp, unixSeconds } from './stamp';
import { ownerKey, type Bot, type PortalState } from './state';

/** An event before it is encoded: tests change it and encode it again. */
export interface WireEvent {
  url: string;
  fields: PhpMap;
  nullForm: NullForm;
}

export interface WireForm {
  body: string;
  headers: Record<string, string>;
}

export interface Delivery {
  event: string;
  /** None for an app's own events. */
  bots: readonly Bot[];
  /** `nowhere`: nobody is subscribed, or the app is not installed to the end. */
  via: 'webhook' | 'fetch' | 'nowhere';
  wire: WireEvent | undefined;
  /** The receiver's answer; none when it gave none, or when the event was only composed. */
  status: number | undefined;
  answer: string;
  failure: 'unreachable' | 'timeout' | 'not sent' | 'no handler' | 'app not installed' | undefined;
  /** When it was sent, or put into the queue. */
  at: number;
  durationMs: number;
}

export interface SendOptions {
  /** Compose the events but keep them back, so that a test can send them itself with `sendRaw`. */
  hold?: boolean;
}

export interface Courier {
  readonly deliveries: readonly Delivery[];
  tell: (bots: readonly Bot[], happening: Happening, options?: SendOptions) => Promise<Delivery[]>;
  sendFields: (event: string, url: string | undefined, fields: PhpMap) => Promise<Delivery>;
}

export function wireForm({ fields, nullForm }: WireEvent): WireForm {
  return {
    body: buildPhpQuery(fields, nullForm),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'User-Agent': 'Bitrix24 Webhook Engine' },
  };
}

/** Stands in for the queue server: posts once, never repeats, keeps a record. */
export function createCourier(
  state: PortalState,
  limits: { timeLimitMs: number; stopped: AbortSignal },
): Courier {
  const deliveries: Delivery[] = [];

  function record(delivery: Delivery): Delivery {
    deliveries.push(delivery);
    return delivery;
  }

  async function postWire(event: string, bots: readonly Bot[], wire: WireEvent): Promise<Delivery> {
    const { body, headers } = wireForm(wire);
    const startedAt = performance.now();
    const base = { event, bots, via: 'webhook', wire, at: state.now() } as const;
    const took = (): number => performance.now() - startedAt;
    try {
      const { status, body: answer } = await post(wire.url, body, headers, limits);
      return record({ ...base, status, answer, failure: undefined, durationMs: took() });
    } catch (thrown) {
      const timedOut =
        thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError');
      const failure = timedOut ? 'timeout' : 'unreachable';
      return record({ ...base, status: undefined, answer: '', failure, durationMs: took() });
    }
  }

  function nowhere(
    event: string,
    bots: readonly Bot[],
    failure: 'no handler' | 'app not installed',
  ): Delivery {
    return record({
      event,
      bots,
      via: 'nowhere',
      wire: undefined,
      status: undefined,
      answer: '',
      failure,
      at: state.now(),
      durationMs: 0,
    });
  }

  function enqueue(event: string, bot: Bot, happening: Happening): Delivery {
    const eventId = state.nextId('event');
    bot.queue.push({
      eventId,
      type: event,
      date: isoStamp(state.now()),
      data: v2EventBody(state, bot, happening),
    });
    const quiet = { wire: undefined, status: undefined, answer: '', failure: undefined, durationMs: 0 };
    return record({ event, bots: [bot], via: 'fetch', at: state.now(), ...quiet });
  }

  async function sendTo(
    event: string,
    bots: readonly [Bot, ...Bot[]],
    urls: readonly string[],
    wire: Omit<WireEvent, 'url'>,
    hold: boolean,
  ): Promise<Delivery[]> {
    if (urls.length === 0) return [nowhere(event, bots, 'no handler')];
    if (!hold) return Promise.all(urls.map((url) => postWire(event, bots, { ...wire, url })));
    const kept = {
      status: undefined,
      answer: '',
      failure: 'not sent',
      at: state.now(),
      durationMs: 0,
    } as const;
    return urls.map((url) => ({ event, bots, via: 'webhook', wire: { ...wire, url }, ...kept }) as const);
  }

  async function tellV2(bot: Bot, happening: Happening, hold: boolean): Promise<Delivery[]> {
    const event = eventNames[happening.kind].v2;
    if (isAsleep(state, bot)) return [nowhere(event, [bot], 'app not installed')];
    if (bot.eventMode === 'fetch') return [enqueue(event, bot, happening)];
    const fields = envelope(state, bot, happening, event, v2EventBody(state, bot, happening));
    return sendTo(event, [bot], bot.handlerUrls, { fields, nullForm: 'empty' }, hold);
  }

  /** Bots of one owner share their handlers, and one event tells all of them. */
  async function tellV1(
    bots: readonly [Bot, ...Bot[]],
    happening: Happening,
    hold: boolean,
  ): Promise<Delivery[]> {
    const event = eventNames[happening.kind].v1;
    const [first] = bots;
    if (event === undefined) return [];
    if (isAsleep(state, first)) return [nowhere(event, bots, 'app not installed')];
    const handler = state.v1Handlers.get(ownerKey(first.owner))?.get(event);
    const fields = {
      event_handler_id: 400 + first.id,
      ...envelope(state, first, happening, event, v1EventBody(state, bots, happening)),
    };
    const urls = handler === undefined ? [] : [withClientId(handler, first)];
    return sendTo(event, bots, urls, { fields, nullForm: 'absent' }, hold);
  }

  return {
    deliveries,
    async tell(bots, happening, options = {}) {
      const hold = options.hold ?? false;
      const v2 = bots.filter((bot) => bot.api === 'v2').map((bot) => tellV2(bot, happening, hold));
      const v1 = groupByOwner(bots.filter((bot) => bot.api === 'v1')).map((group) =>
        tellV1(group, happening, hold),
      );
      return (await Promise.all([...v2, ...v1])).flat();
    },
    async sendFields(event, url, fields) {
      if (url === undefined) return nowhere(event, [], 'no handler');
      return postWire(event, [], { url, fields, nullForm: 'absent' });
    },
  };
}

/** Nothing reaches an app before its installation is finished. */
function isAsleep(state: PortalState, bot: Bot): boolean {
  return bot.owner.kind === 'app' && state.app?.installed === false;
}

function envelope(state: PortalState, bot: Bot, happening: Happening, event: string, body: PhpMap): PhpMap {
  const userId = happening.kind === 'bot-removed' ? 0 : (happening.user?.id ?? 0);
  return { event, data: body, ts: unixSeconds(state.now()), auth: eventAuth(state, bot, userId) };
}

/** The product adds CLIENT_ID to the handlers of v1 bots made through a webhook. */
function withClientId(handler: string, bot: Bot): string {
  if (bot.owner.kind === 'app') return handler;
  const joint = handler.includes('?') ? '&' : '?';
  return `${handler}${joint}CLIENT_ID=${encodeURIComponent(bot.owner.token)}`;
}

function groupByOwner(bots: readonly Bot[]): [Bot, ...Bot[]][] {
  const groups = new Map<string, [Bot, ...Bot[]]>();
  for (const bot of bots) {
    const group = groups.get(ownerKey(bot.owner));
    if (group) group.push(bot);
    else groups.set(ownerKey(bot.owner), [bot]);
  }
  return [...groups.values()];
}
