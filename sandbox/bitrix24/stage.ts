import { botsOfLine, openLineOf, openSession, lineOf } from './chats';
import type { Courier, Delivery, SendOptions } from './deliveries';
import { addFile, type FileInit } from './file-cards';
import { hearers } from './happenings';
import { addMessage, chatOfMessage, seenMessage, type SeenMessage } from './messages';
import type { Bot, Chat, Message, PortalState, User } from './state';

/** What people do in the portal: the causes of events. */
export interface SayInit extends SendOptions {
  text?: string;
  files?: readonly FileInit[];
  /** Default: the client, or the person of a private dialog, or the first person of a group. */
  author?: User | Bot;
  system?: boolean;
  replyId?: number;
  /** Who hears of it, whatever the rules of the chat say. */
  to?: readonly Bot[];
}

export interface Outcome {
  message: SeenMessage | undefined;
  /** The events of the bots that came in because of it, sent before. */
  joins: readonly Delivery[];
  deliveries: readonly Delivery[];
  /** The answer to the first of `deliveries`. */
  status: number | undefined;
}

export interface StageParts {
  state: PortalState;
  courier: Courier;
  shown: (message: Message) => void;
}

export interface Stage {
  says: (chat: Chat, init: SayInit) => Promise<Outcome>;
  join: (chat: Chat, bot: Bot, options?: SendOptions & { by?: User }) => Promise<Outcome>;
  edit: (message: { id: number }, text: string, options?: SendOptions) => Promise<Outcome>;
  remove: (message: { id: number }, options?: SendOptions) => Promise<Outcome>;
  react: (message: { id: number }, init: ReactionInit) => Promise<Outcome>;
  openContext: (
    chat: Chat,
    context: Readonly<Record<string, unknown>>,
    options?: SendOptions,
  ) => Promise<Outcome>;
}

export interface ReactionInit extends SendOptions {
  reaction?: string;
  action?: 'add' | 'delete';
  user?: User;
}

export function createStage(parts: StageParts): Stage {
  const { state, courier } = parts;

  async function says(chat: Chat, init: SayInit): Promise<Outcome> {
    const author = userOf(state, init.author) ?? usualAuthor(state, chat);
    const joins = await startSession(parts, chat, author, init);
    const files = (init.files ?? []).map((file) => addFile(state, chat.id, author?.id ?? 0, file));
    const message = addMessage(state, chat, {
      authorId: author?.id ?? 0,
      text: init.text ?? '',
      fileIds: files.map((file) => file.id),
      system: init.system ?? false,
      replyId: init.replyId,
    });
    parts.shown(message);
    const user = message.system ? undefined : author;
    const bots = init.to ?? hearers(state, chat, message);
    const deliveries = await courier.tell(bots, { kind: 'message', chat, message, user }, init);
    return outcome(state, message, deliveries, joins);
  }

  async function aboutMessage(
    given: { id: number },
    change: (message: Message) => void,
    kind: 'edit' | 'delete',
    options: SendOptions = {},
  ): Promise<Outcome> {
    const message = messageById(state, given.id);
    const chat = chatOfMessage(state, message);
    const bots = hearers(state, chat, message);
    change(message);
    const user = state.users.get(message.authorId);
    const deliveries = await courier.tell(bots, { kind, chat, message, user }, options);
    if (!message.deleted) parts.shown(message);
    return outcome(state, message, deliveries);
  }

  return {
    says,
    async join(chat, bot, options = {}) {
      chat.members.add(bot.id);
      const user = options.by ?? usualAuthor(state, chat);
      return outcome(state, undefined, await courier.tell([bot], { kind: 'join', chat, user }, options));
    },
    edit: (given, text, options) =>
      aboutMessage(
        given,
        (message) => {
          message.text = text;
          message.edited = true;
        },
        'edit',
        options,
      ),
    remove: (given, options) =>
      aboutMessage(
        given,
        (message) => {
          message.deleted = true;
        },
        'delete',
        options,
      ),
    async react(given, init) {
      const message = messageById(state, given.id);
      const chat = chatOfMessage(state, message);
      const { reaction = 'like', action = 'add' } = init;
      const user = init.user ?? usualAuthor(state, chat);
      if (user) noteReaction(message, user, reaction, action);
      const bots = [...state.bots.values()].filter(
        (bot) => chat.members.has(bot.id) && bot.isReactionsEnabled,
      );
      const deliveries = await courier.tell(
        bots,
        { kind: 'reaction', chat, message, user, reaction, action },
        init,
      );
      return outcome(state, message, deliveries);
    },
    async openContext(chat, context, options) {
      const bots = [...state.bots.values()].filter((bot) => chat.members.has(bot.id));
      const user = usualAuthor(state, chat);
      return outcome(
        state,
        undefined,
        await courier.tell(bots, { kind: 'context', chat, user, context }, options),
      );
    },
  };
}

function noteReaction({ reactions }: Message, { id }: User, name: string, action: 'add' | 'delete'): void {
  const users = reactions.get(name) ?? new Set();
  if (action === 'add') users.add(id);
  else users.delete(id);
  reactions.set(name, users);
}

/** In an open channel without a session a client's message opens one, and its bots join before they hear it. */
async function startSession(
  { state, courier }: StageParts,
  chat: Chat,
  author: User | undefined,
  options: SendOptions,
): Promise<Delivery[]> {
  if (!chat.openLine || openLineOf(chat).session || author?.isConnector !== true) return [];
  const isFirst = ![...state.messages.values()].some((message) => message.chatId === chat.id);
  const line = lineOf(state, chat);
  const bots = line.botJoin === 'always' || isFirst ? botsOfLine(state, line) : [];
  openSession(state, chat, bots);
  return courier.tell(bots, { kind: 'join', chat, user: author }, options);
}

export function outcome(
  state: PortalState,
  message: Message | undefined,
  deliveries: readonly Delivery[],
  joins: readonly Delivery[] = [],
): Outcome {
  const seen = message ? seenMessage(state, message) : undefined;
  return { message: seen, joins, deliveries, status: deliveries[0]?.status };
}

export function usualAuthor(state: PortalState, chat: Chat): User | undefined {
  if (chat.openLine) return state.users.get(chat.openLine.clientId);
  if (chat.pair) return state.users.get(chat.pair.userId);
  return [...chat.members].map((id) => state.users.get(id)).find((user) => user?.isBot === false);
}

function userOf(state: PortalState, author: User | Bot | undefined): User | undefined {
  return author ? state.users.get(author.id) : undefined;
}

export function messageById(state: PortalState, id: number): Message {
  const message = state.messages.get(id);
  if (!message) throw new Error(`the portal has no message ${id}`);
  return message;
}
