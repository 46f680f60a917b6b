import { systemClock } from '../../lib/core/clock';
import { createGate } from '../shared/gates';
import { listen } from '../shared/http-listener';
import { createWaiting } from '../shared/waiting';
import { createBot, type Bot, type BotInit } from './bot';
import { chatEndpoints } from './chat-endpoints';
import { createDoor, endpointsOf, healthz } from './door';
import type { Fault } from './faults';
import type { Typebot, TypebotOptions } from './interface';
import { anyBot, createOrders, type Order } from './orders';
import type { RequestRecord } from './records';
import { ordersOf, scenarios, type Scenario } from './scenarios';
import { createServer } from './server';
import { createSessionStore } from './sessions';
import { uploadEndpoints, type Upload } from './uploads';
import { usualBots } from './usual-bots';
import { webhookEndpoint, type Broadcast } from './webhook-endpoint';

const usualBot = 'sandbox-bot';

export async function startTypebot(options: TypebotOptions = {}): Promise<Typebot> {
  const {
    clock = systemClock,
    token = 'sandbox-typebot-token',
    host = 'viewer',
    errorShape = 'current',
  } = options;
  const { knowsReplyIds = true, uploads: style = 'put', hasPartyKit = true, timeoutSeconds = 30 } = options;
  let origin = '';
  const now = (): number => clock.now();
  const stopping = new AbortController();
  const { signal } = stopping;
  const byName = new Map<string, Bot>();
  const bots = (): Bot[] => [...byName.values()];
  const store = createSessionStore(now);
  const orders = createOrders();
  const waiting = createWaiting<RequestRecord>();
  const requests: RequestRecord[] = [];
  const uploads: Upload[] = [];
  const broadcasts: Broadcast[] = [];
  const mustBeUser = createDoor(host, token);

  function publish(init: BotInit): Bot {
    const bot = createBot(init, now());
    byName.set(bot.name, bot);
    return bot;
  }

  function addBot(init: BotInit): Bot {
    if (byName.has(init.name)) throw new Error(`there is a bot named ${init.name} already`);
    return publish(init);
  }

  function botOf(name: string): Bot {
    const bot = byName.get(name);
    if (!bot) throw new Error(`no bot named ${name}`);
    return bot;
  }

  function nameOf(bot: string | Bot): string {
    return bot === anyBot ? anyBot : botOf(typeof bot === 'string' ? bot : bot.name).name;
  }

  function ordered(scenario: Scenario): Order[] {
    const list = ordersOf(scenario);
    if (typeof scenario === 'string' && list.length === 0)
      throw new Error(`${scenario} is the doing of a bot: let it play`);
    return list;
  }

  async function linger({ delayMs, hold }: Fault): Promise<void> {
    if (delayMs !== undefined) await clock.sleep(delayMs, signal).catch(() => undefined);
    if (hold) await hold.pass(signal);
  }

  const script = (bot: string | Bot, orderList: readonly Order[]): void =>
    orders.script(nameOf(bot), orderList);
  const chatParts = { store, bots, origin: () => origin, now, knowsReplyIds, timeoutSeconds, mustBeUser };
  const endpoints = [
    healthz,
    ...chatEndpoints(chatParts),
    ...uploadEndpoints(store, uploads, { style, origin: () => origin }),
    webhookEndpoint({ store, bots, broadcasts, hasPartyKit, mustBeUser }),
  ];
  const noted = (record: RequestRecord): void => {
    if (!requests.includes(record)) requests.push(record);
    waiting.note(record);
  };
  const listener = await listen(
    createServer({
      endpoints: endpointsOf(host, endpoints, mustBeUser),
      orders,
      token,
      shape: () => errorShape,
      now,
      linger,
      noted,
    }),
    options.port,
  );
  origin = listener.origin;
  for (const init of options.bots ?? usualBots) addBot(init);

  return {
    origin,
    apiBaseUrl: `${origin}/api`,
    token,
    startUrl: (bot = usualBot) => `${origin}/api/v1/typebots/${botOf(bot).name}/startChat`,
    previewUrl: (bot = usualBot) => `${origin}/api/v1/typebots/${botOf(bot).id}/preview/startChat`,
    publicUrl: (bot = usualBot) => `${origin}/${botOf(bot).name}`,
    bot: botOf,
    addBot,
    publish,
    script: (bot, ...list) => script(bot, list.flatMap(ordered)),
    always: (bot, scenario) =>
      orders.always(nameOf(bot), scenario === undefined ? undefined : ordered(scenario)[0]),
    play(scenario) {
      const bot = botOf(scenarios[scenario].bot);
      script(bot, ordersOf(scenario));
      return bot;
    },
    hold(bot, on = 'chat') {
      const gate = createGate();
      script(bot, [{ name: 'hold', fault: { on, hold: gate } }]);
      return gate;
    },
    clearScripts: orders.clear,
    requests,
    requestsOf: (endpoint, bot) =>
      requests.filter((one) => one.endpoint === endpoint && (bot === undefined || one.bot === bot)),
    untilRequest: (fits, waitOptions) => waiting.until(requests, fits, 'request', waitOptions),
    sessions: store.sessions,
    sessionOf(bot) {
      const session = store.sessions.findLast((one) => one.bot.name === bot);
      if (!session) throw new Error(`no session of ${bot}`);
      return session;
    },
    get results() {
      return [...store.results.values()];
    },
    uploads,
    broadcasts,
    overlaps: () => store.sessions.reduce((sum, { overlaps }) => sum + overlaps, 0),
    async stop() {
      stopping.abort();
      waiting.stop();
      await listener.stop();
    },
  };
}
