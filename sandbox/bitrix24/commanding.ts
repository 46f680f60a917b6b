import type { Courier, SendOptions } from './deliveries';
import type { CommandCall } from './happenings';
import { isMap, listOf } from '../shared/params';
import { addMessage, chatOfMessage } from './messages';
import { messageById, outcome, usualAuthor, type Outcome, type SayInit, type Stage } from './stage';
import type { Chat, Command, Message, PortalState, User } from './state';

export interface CommandUse extends SendOptions {
  name: string;
  params?: string;
  context?: CommandCall['context'];
  author?: User;
  /** The message that holds the pressed button; without it the command is typed. */
  message?: { id: number };
}

export interface Commanding {
  command: (chat: Chat, use: CommandUse) => Promise<Outcome>;
  /** Presses a button of a message as a person in a Bitrix24 client would. */
  press: (message: { id: number }, buttonText: string, options?: SayInit) => Promise<Outcome>;
}

export function createCommanding(
  state: PortalState,
  courier: Courier,
  stage: Stage,
  shown: (message: Message) => void,
): Commanding {
  async function command(chat: Chat, use: CommandUse): Promise<Outcome> {
    const author = use.author ?? usualAuthor(state, chat);
    const registered = usableCommand(state, chat, use.name, author);
    const params = use.params ?? '';
    const message = use.message
      ? messageById(state, use.message.id)
      : typed(chat, `/${use.name} ${params}`.trim(), author);
    const bot = state.bots.get(registered.botId);
    if (!bot) throw new Error(`the bot of /${use.name} is gone`);
    const context = use.context ?? (use.message ? 'keyboard' : 'textarea');
    const call = { command: registered, params, context };
    return outcome(
      state,
      message,
      await courier.tell([bot], { kind: 'command', chat, message, user: author, call }, use),
    );
  }

  function typed(chat: Chat, text: string, author: User | undefined): Message {
    const message = addMessage(state, chat, { authorId: author?.id ?? 0, text });
    shown(message);
    return message;
  }

  return {
    command,
    async press(given, buttonText, options = {}) {
      const message = messageById(state, given.id);
      const chat = chatOfMessage(state, message);
      const button = buttonOf(message, buttonText);
      if (button['ACTION'] === 'SEND')
        return stage.says(chat, { ...options, text: String(button['ACTION_VALUE']) });
      if (typeof button['COMMAND'] !== 'string')
        throw new Error(`the button "${buttonText}" tells the bot nothing`);
      const params = typeof button['COMMAND_PARAMS'] === 'string' ? button['COMMAND_PARAMS'] : '';
      return command(chat, { name: button['COMMAND'], params, message, hold: options.hold ?? false });
    },
  };
}

function buttonOf(message: Message, text: string): Record<string, unknown> {
  const { keyboard } = message;
  const buttons = listOf(isMap(keyboard) ? keyboard['BUTTONS'] : keyboard);
  const found = buttons.filter(isMap).find((button) => button['TEXT'] === text);
  if (!found) throw new Error(`message ${message.id} has no button "${text}"`);
  return found;
}

/** Without a registered command that this person may use, the portal would send ordinary text, or nothing. */
function usableCommand(state: PortalState, chat: Chat, name: string, author: User | undefined): Command {
  const found = [...state.commands.values()].find(
    (command) => command.name === name && (command.common || chat.members.has(command.botId)),
  );
  if (!found) throw new Error(`no bot of this chat has registered /${name}`);
  if (author?.isExtranet === true && !found.extranet) {
    throw new Error(`/${name} is not for outside people: register it with extranet support`);
  }
  return found;
}
