import type { Portal, SeenMessage } from '../bitrix24';
import { isMap, listOf } from '../shared/params';
import type { Channel } from './channels';

export interface ChatView {
  channels: { code: string; title: string; flow: string | undefined; isReady: boolean }[];
  messages: MessageView[];
  /** The sessions that are over, each with the last message that it may have. */
  finished: { session: number; at: number; lastMessage: number }[];
  /** Who is writing at the moment. */
  typing: string[];
  /** Something has happened of which the bot has not heard, for it has not fetched it yet. */
  waits: boolean;
  commands: { name: string; title: string; params: string }[];
  /** Who has the dialog: nobody yet, the bot, the queue of operators, or a person. */
  holder: { kind: 'none' | 'bot' | 'queue' } | { kind: 'person'; name: string };
}

export interface MessageView extends Pick<
  SeenMessage,
  'id' | 'author' | 'authorName' | 'text' | 'files' | 'edited' | 'at' | 'replyId' | 'reachesClient'
> {
  buttons: ButtonView[][];
  reactions: string[];
}

export interface ButtonView {
  text: string;
  link: string | undefined;
}

/** What the client and the operator see of one channel. */
export function chatView(
  portal: Portal,
  channels: readonly Channel[],
  chosen: Channel | undefined,
  language: string,
): ChatView {
  return {
    channels: channels.map((channel) => ({
      code: channel.code,
      title: channel.title,
      // As the tabs of the editor are called.
      flow: channel.flow?.replace('/', ' ').replace(/\.json$/, ''),
      isReady: channel.bot() !== undefined,
    })),
    ...(chosen ? dialogView(portal, chosen, language) : noDialog),
  };
}

type DialogView = Omit<ChatView, 'channels'>;

const noDialog: DialogView = {
  ...{ messages: [], finished: [], typing: [], waits: false, commands: [] },
  holder: { kind: 'none' },
};

function dialogView(portal: Portal, { chat, ...channel }: Channel, language: string): DialogView {
  const bot = channel.bot();
  const typing = portal.typing(chat).map(({ botId }) => nameOf(portal, botId));
  const commands = [...portal.state.commands.values()]
    .filter((command) => command.botId === bot?.id && command.extranet && !command.hidden)
    .map(({ name, title, params }) => ({
      name,
      title: title[language] ?? title['en'] ?? '',
      params: params[language] ?? params['en'] ?? '',
    }));
  return {
    messages: portal.messages(chat).map(messageView),
    finished: finishedSessions(portal, chat.id),
    typing,
    waits: bot?.queue.some(({ eventId }) => eventId >= bot.fetchedBelow) ?? false,
    commands,
    holder: holderOf(portal, chat.openLine?.session?.operator),
  };
}

function finishedSessions({ state }: Portal, chat: number): ChatView['finished'] {
  return [...state.sessions.values()].flatMap(({ id, chatId, finishedAt, messageIds }) =>
    chatId === chat && finishedAt !== undefined
      ? [{ session: id, at: finishedAt, lastMessage: messageIds.at(-1) ?? 0 }]
      : [],
  );
}

function holderOf(portal: Portal, operator: number | 'bot' | 'queue' | undefined): ChatView['holder'] {
  if (operator === undefined) return { kind: 'none' };
  return typeof operator === 'string'
    ? { kind: operator }
    : { kind: 'person', name: nameOf(portal, operator) };
}

const nameOf = (portal: Portal, userId: number): string => portal.state.users.get(userId)?.name ?? '';

function messageView(message: SeenMessage): MessageView {
  const { id, author, authorName, text, files, edited, at, replyId, reachesClient, keyboard } = message;
  return {
    ...{ id, author, authorName, text, files, edited, at, replyId, reachesClient },
    buttons: buttonRows(keyboard),
    reactions: Object.entries(message.reactions).flatMap(([name, users]) => (users.length > 0 ? [name] : [])),
  };
}

function buttonRows(keyboard: unknown): ButtonView[][] {
  const rows: ButtonView[][] = [[]];
  for (const button of listOf(isMap(keyboard) ? keyboard['BUTTONS'] : keyboard)) {
    if (!isMap(button)) continue;
    if (button['TYPE'] === 'NEWLINE') rows.push([]);
    else if (typeof button['TEXT'] === 'string') {
      const link = typeof button['LINK'] === 'string' ? button['LINK'] : undefined;
      rows.at(-1)?.push({ text: button['TEXT'], link });
    }
  }
  return rows.filter((row) => row.length > 0);
}
