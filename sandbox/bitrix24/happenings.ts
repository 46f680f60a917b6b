import type { Bot, Chat, Command, Message, PortalState, User } from './state';

/** Something that bots hear of, whatever generation they are. `user` is who did it; none for the portal itself. */
export type Happening =
  | { kind: 'message' | 'edit' | 'delete'; chat: Chat; message: Message; user: User | undefined }
  | { kind: 'join'; chat: Chat; user: User | undefined }
  | { kind: 'command'; chat: Chat; message: Message; user: User | undefined; call: CommandCall }
  | {
      kind: 'reaction';
      chat: Chat;
      message: Message;
      user: User | undefined;
      reaction: string;
      action: 'add' | 'delete';
    }
  | { kind: 'context'; chat: Chat; user: User | undefined; context: Readonly<Record<string, unknown>> }
  | { kind: 'bot-removed' };

export interface CommandCall {
  command: Command;
  params: string;
  context: 'textarea' | 'keyboard' | 'menu';
}

export const eventNames: Readonly<Record<Happening['kind'], { v1: string | undefined; v2: string }>> = {
  message: { v1: 'ONIMBOTMESSAGEADD', v2: 'ONIMBOTV2MESSAGEADD' },
  edit: { v1: 'ONIMBOTMESSAGEUPDATE', v2: 'ONIMBOTV2MESSAGEUPDATE' },
  delete: { v1: 'ONIMBOTMESSAGEDELETE', v2: 'ONIMBOTV2MESSAGEDELETE' },
  join: { v1: 'ONIMBOTJOINCHAT', v2: 'ONIMBOTV2JOINCHAT' },
  command: { v1: 'ONIMCOMMANDADD', v2: 'ONIMBOTV2COMMANDADD' },
  reaction: { v1: undefined, v2: 'ONIMBOTV2REACTIONCHANGE' },
  context: { v1: 'ONIMBOTCONTEXTGET', v2: 'ONIMBOTV2CONTEXTGET' },
  'bot-removed': { v1: 'ONIMBOTDELETE', v2: 'ONIMBOTV2DELETE' },
};

/** The bots that hear of what is said in a chat: never the one that said it. */
export function hearers(state: PortalState, chat: Chat, message: Message): Bot[] {
  return [...state.bots.values()].filter((bot) => {
    if (!chat.members.has(bot.id) || message.authorId === bot.id || message.sentByBot === bot.id)
      return false;
    const hearsEverything = chat.kind !== 'group' || bot.type === 'supervisor' || bot.type === 'personal';
    return hearsEverything || mentions(message.text, bot.id);
  });
}

export function mentions(text: string, userId: number): boolean {
  return new RegExp(`\\[USER=(?:${userId}|all)\\]`, 'i').test(text);
}
