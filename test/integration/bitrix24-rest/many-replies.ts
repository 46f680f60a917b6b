import { at } from '../../../lib/core/fields';
import type { PortalRest } from '../../../lib/bitrix24/rest/portal';
import type { Chat, Portal } from '../../../sandbox/bitrix24';

export interface Reply {
  readonly dialogId: string;
  readonly text: string;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Conversations {
  readonly chats: readonly Chat[];
  /** The dialogs in turns, as busy bots answer. */
  readonly replies: readonly Reply[];
}

const botToken = 'bot-token-of-the-replies';

export function manyReplies(portal: Portal, dialogs: number, perDialog: number): Conversations {
  const bot = portal.addBot({ botToken });
  const chats = Array.from({ length: dialogs }, () => portal.openChannel());
  const replies = Array.from({ length: perDialog }, (_, turn) =>
    chats.map((chat): Reply => {
      const dialogId = portal.dialogId(chat);
      const text = `Reply ${turn} to ${dialogId}: 100 % & more = yes`;
      const params = { botId: bot.id, botToken, dialogId, fields: { message: text, system: false } };
      return { dialogId, text, method: 'imbot.v2.Chat.Message.send', params };
    }),
  ).flat();
  return { chats, replies };
}

/** Sends them all and gives back what came out for each. */
export function sendAll(rest: PortalRest, replies: readonly Reply[]): Promise<unknown[]> {
  return Promise.all(replies.map(({ dialogId, method, params }) => rest.send(dialogId, method, params)));
}

/** What each dialog should show, and what it shows. */
export function dialogsOf(
  portal: Portal,
  { chats, replies }: Conversations,
): { wanted: string[]; shown: string[] }[] {
  return chats.map((chat) => {
    const dialogId = portal.dialogId(chat);
    return {
      wanted: replies.filter((reply) => reply.dialogId === dialogId).map((reply) => reply.text),
      shown: portal.messages(chat).map((message) => message.text),
    };
  });
}

export function messageIdOf(result: unknown): unknown {
  return at(result, 'id');
}
