import type { AppEvents } from './app-events';
import { createAppFrame, type AppFrame } from './app-frame';
import { addBot, forgetBot, type BotInit } from './bots';
import type { CallRecord } from './call-log';
import type { MethodTable } from './call';
import type { OpenChannelInit } from './chats';
import { addGroupChat, addOpenChannel, dialogIdOf, privateChatOf } from './chats';
import type { Commanding } from './commanding';
import { wireForm, type Delivery, type SendOptions, type WireEvent, type WireForm } from './deliveries';
import { applicationToken } from './event-auth';
import type { Crm } from './crm/crm';
import type { TimelineComment } from './crm/timeline';
import type { Fault } from './faults';
import { createSessions, type Sessions } from './history/seeded-sessions';
import { messagesOf, seenMessage, type SeenMessage } from './messages';
import type { TokenPair } from './oauth';
import { addUser, type UserInit } from './people';
import { joinPortal } from './portal-core';
import { openHosts } from './portal-hosts';
import { post, type PostAnswer } from './posting';
import { createPortalState, type PortalOptions } from './setup';
import { outcome, type Outcome, type ReactionInit, type SayInit } from './stage';
import type { AppOnPortal, Bot, Chat, PortalState, User } from './state';
import type { Telephony } from './telephony/telephony';
import type { WaitOptions } from '../shared/waiting';

export interface Portal extends AppEvents, Commanding {
  readonly origin: string;
  readonly domain: string;
  readonly memberId: string;
  /** `http://127.0.0.1:<port>/rest/1/<secret>/` */
  readonly webhookUrl: string;
  readonly app: AppOnPortal | undefined;
  /** Opens the installed app as the browser of a person does. In a browser: `<origin>/app/?user=7&lang=ru`. */
  readonly frame: AppFrame;
  /** The portal's records, for what has no function of its own. */
  readonly state: PortalState;
  readonly telephony: Telephony;
  readonly crm: Crm;
  /** What was written on the cards of clients. */
  readonly timeline: readonly TimelineComment[];
  /** Talks of open channels, past and present. */
  readonly sessions: Sessions;

  addBot: (init?: BotInit) => Bot;
  removeBot: (bot: Bot, options?: SendOptions) => Promise<Outcome>;
  applicationToken: (bot: Bot) => string;
  addUser: (init?: UserInit) => User;
  openChannel: (init?: OpenChannelInit) => Chat;
  privateChat: (user?: User, bot?: Bot) => Chat;
  groupChat: (init?: { title?: string; users?: readonly User[]; bots?: readonly Bot[] }) => Chat;
  dialogId: (chat: Chat) => string;

  clientSays: (chat: Chat, said: SayInit | string) => Promise<Outcome>;
  join: (chat: Chat, bot: Bot, options?: SendOptions & { by?: User }) => Promise<Outcome>;
  edit: (message: { id: number }, text: string, options?: SendOptions) => Promise<Outcome>;
  delete: (message: { id: number }, options?: SendOptions) => Promise<Outcome>;
  reaction: (message: { id: number }, init?: ReactionInit) => Promise<Outcome>;
  context: (
    chat: Chat,
    context: Readonly<Record<string, unknown>>,
    options?: SendOptions,
  ) => Promise<Outcome>;
  /** A person takes the dialog of an open channel. */
  takeOver: (chat: Chat, userId?: number) => void;
  closeSession: (chat: Chat) => void;

  sendRaw(
    url: string,
    body: string | Buffer,
    headers?: Readonly<Record<string, string>>,
  ): Promise<PostAnswer>;
  wireForm: (event: WireEvent | Delivery) => WireForm;
  readonly deliveries: readonly Delivery[];

  messages: (chat: Chat | string) => SeenMessage[];
  /** The "typing…" marks that are shown now. */
  typing: (chat: Chat) => Chat['typing'];
  readonly calls: readonly CallRecord[];
  readonly httpRequests: number;
  /** Also finds what has happened already. */
  waitForMessage: (fits: (message: SeenMessage) => boolean, options?: WaitOptions) => Promise<SeenMessage>;
  waitForCall: (fits: (call: CallRecord) => boolean, options?: WaitOptions) => Promise<CallRecord>;
  settled: () => Promise<void>;

  failNext: (fault: Fault) => void;
  clearFaults: () => void;
  /** Over 480 s in ten minutes, the next call of the method is refused. */
  spendOperating: (method: string, seconds: number) => void;
  addMethods: (table: MethodTable) => void;

  issueTokens: (userId?: number) => TokenPair;
  issueCode: (userId?: number) => string;
  /** Every access token is over (401 expired_token); refresh tokens stay good. */
  expireTokens: () => void;
  /** Access tokens are unknown from now on (401 invalid_token). */
  revokeTokens: () => void;

  /** From now on this address answers 302 to the other one. */
  moveTo: (other: { origin: string }) => void;
  /** The portal itself gets a new address; the old one answers 302. */
  rename: () => Promise<void>;
  stop: () => Promise<void>;
}

export async function startPortal(options: PortalOptions = {}): Promise<Portal> {
  const state = createPortalState(options, { origin: '', domain: '' });
  const parts = joinPortal(state, options);
  const hosts = await openHosts(parts.answerer, options.port);
  const settle = (): void => {
    ({ origin: state.origin, domain: state.domain } = hosts.current());
  };
  settle();
  const { stage, courier, commanding, appEvents, faults } = parts;
  const chatsNamed = (chat: Chat | string): Chat[] =>
    typeof chat === 'string' ? [...state.chats.values()].filter((one) => dialogIdOf(one) === chat) : [chat];
  const clientId = (): string => {
    if (!state.app) throw new Error('this portal has no app');
    return state.app.clientId;
  };
  const seenAll = (chats: readonly Chat[]): SeenMessage[] =>
    chats.flatMap((chat) => messagesOf(state, chat)).map((message) => seenMessage(state, message));

  return {
    ...appEvents,
    ...commanding,
    get origin() {
      return state.origin;
    },
    get domain() {
      return state.domain;
    },
    memberId: state.memberId,
    get webhookUrl() {
      return `${state.origin}/rest/${state.webhook.userId}/${state.webhook.secret}/`;
    },
    app: state.app,
    frame: createAppFrame(state),
    state,
    telephony: parts.core.telephony.surface,
    crm: parts.core.crm.surface,
    timeline: parts.core.crm.timeline,
    sessions: createSessions(state, parts.core.sessions),

    addBot(init) {
      const bot = addBot(state, init);
      if (bot.owner.kind === 'token') parts.masking.hide(bot.owner.token);
      return bot;
    },
    async removeBot(bot, sending) {
      const deliveries = await courier.tell([bot], { kind: 'bot-removed' }, sending);
      forgetBot(state, bot);
      return outcome(state, undefined, deliveries);
    },
    applicationToken: (bot) => applicationToken(state, bot),
    addUser: (init) => addUser(state, init),
    openChannel: (init) => addOpenChannel(state, init),
    privateChat: (user, bot) => privateChatOf(state, (bot ?? anyBot(state)).id, (user ?? addUser(state)).id),
    groupChat: ({ title = 'Group chat', users = [addUser(state)], bots = [...state.bots.values()] } = {}) =>
      addGroupChat(state, { title, userIds: users.map((user) => user.id), bots }),
    dialogId: dialogIdOf,

    clientSays: (chat, said) => stage.says(chat, typeof said === 'string' ? { text: said } : said),
    join: stage.join,
    edit: stage.edit,
    delete: stage.remove,
    reaction: (message, init = {}) => stage.react(message, init),
    context: stage.openContext,
    takeOver: (chat, userId = 7) => parts.core.sessions.takeOver(chat, userId),
    closeSession: (chat) => parts.core.sessions.close(chat),

    sendRaw: (url, body, headers = {}) => post(url, body, headers),
    wireForm: (event) => wireForm(wireOf(event)),
    deliveries: courier.deliveries,

    messages: (chat) => seenAll(chatsNamed(chat)),
    typing: (chat) => chat.typing.filter((mark) => mark.at + mark.seconds * 1000 > state.now()),
    calls: parts.log.calls,
    get httpRequests() {
      return parts.requests();
    },
    waitForMessage: (fits, waiting) =>
      parts.seen.until(seenAll([...state.chats.values()]), fits, 'message', waiting),
    waitForCall: (fits, waiting) => parts.called.until(parts.log.calls, fits, 'call', waiting),
    settled: parts.settled,

    failNext: faults.add,
    clearFaults: faults.clear,
    spendOperating: parts.operating.spend,
    addMethods: parts.addMethods,

    issueTokens: (userId = state.app?.userId ?? 1) => state.grants.issue(clientId(), userId),
    issueCode: (userId = state.app?.userId ?? 1) => state.grants.issueCode(clientId(), userId),
    expireTokens: () => state.grants.expireAccess(state.memberId),
    revokeTokens: () => state.grants.revokeAccess(state.memberId),

    moveTo: ({ origin }) => hosts.moveTo(origin),
    async rename() {
      await hosts.rename();
      settle();
    },
    async stop() {
      parts.stop();
      await hosts.stop();
    },
  };
}

function wireOf(event: WireEvent | Delivery): WireEvent {
  if (!('via' in event)) return event;
  if (!event.wire) throw new Error(`${event.event} was not posted anywhere`);
  return event.wire;
}

function anyBot(state: PortalState): Bot {
  const bot = state.bots.values().next().value;
  if (!bot) throw new Error('this portal has no bot');
  return bot;
}
