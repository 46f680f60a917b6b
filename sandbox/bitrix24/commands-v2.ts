import { callingBotV2, messageForBot } from './bot-access-v2';
import { addCommand } from './bots';
import { done, scoped, type MethodAnswer, type MethodCall, type MethodTable, type PortalCore } from './call';
import { commandEntity } from './events-v2';
import { addMessage, chatOfMessage } from './messages';
import { messageContent } from './messages-v2';
import { flagOf, idOf, isMap, mapOf, textOf, type Params } from '../shared/params';
import { refusal } from './refusal';
import type { Bot, Command } from './state';

export function commandMethodsV2(portal: PortalCore): MethodTable {
  return scoped(['imbot'], {
    'imbot.v2.Command.register': { run: (call) => register(portal, call) },
    'imbot.v2.Command.update': { run: (call) => update(portal, call) },
    'imbot.v2.Command.list': { run: (call) => list(portal, call) },
    'imbot.v2.Command.unregister': { run: (call) => unregister(portal, call) },
    'imbot.v2.Command.answer': { run: (call) => answer(portal, call) },
  });
}

export function commandsOf(portal: PortalCore, bot: Bot): Command[] {
  return [...portal.state.commands.values()].filter((command) => command.botId === bot.id);
}

export function isCommandName(name: string): boolean {
  return /^[a-z0-9_]+$/i.test(name);
}

/** The flat form without `fields` is no longer read. */
function register(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV2(portal, call);
  const fields = mapOf(call.params['fields']) ?? {};
  const name = textOf(fields['command']) ?? '';
  if (name === '') throw refusal('COMMAND_REQUIRED', 'Command is required');
  if (!isCommandName(name)) throw refusal('COMMAND_NAME_INVALID', 'Command name is not valid');
  const existing = commandsOf(portal, bot).find((command) => command.name === name);
  if (existing) return { result: { command: commandEntity(existing) } };
  const hidden = flagOf(fields['hidden'], false);
  const title = textsOf(fields['title']);
  if (!hidden && Object.keys(title).length === 0)
    throw refusal('COMMAND_TITLE_REQUIRED', 'Title is required');
  const command = addCommand(portal.state, bot, {
    command: name,
    title,
    params: textsOf(fields['params']),
    common: flagOf(fields['common'], false),
    hidden,
    extranet: flagOf(fields['extranetSupport'], false),
  });
  return { result: { command: commandEntity(command) } };
}

function textsOf(given: unknown): Record<string, string> {
  if (!isMap(given)) return {};
  const pairs = Object.entries(given).flatMap(([language, text]) => {
    const written = textOf(text);
    return written === undefined || written === '' ? [] : [[language, written] as const];
  });
  return Object.fromEntries(pairs);
}

function ownCommand(portal: PortalCore, bot: Bot, params: Params): Command {
  const command = portal.state.commands.get(idOf(params['commandId']));
  if (command?.botId !== bot.id) throw refusal('COMMAND_NOT_FOUND', 'Command not found');
  return command;
}

function update(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV2(portal, call);
  const command = ownCommand(portal, bot, call.params);
  const fields = mapOf(call.params['fields']) ?? {};
  if ('command' in fields) command.name = newName(portal, bot, command, textOf(fields['command']) ?? '');
  const titles = mapOf(fields['title']) ?? {};
  const removed = Object.keys(titles).filter((language) => titles[language] === null);
  command.title = without({ ...command.title, ...textsOf(titles) }, removed);
  // Parameters are read only for the languages that come with a title.
  const params = Object.entries(textsOf(fields['params'])).filter(([language]) => language in titles);
  command.params = without({ ...command.params, ...Object.fromEntries(params) }, removed);
  command.common = flagOf(fields['common'], command.common);
  command.hidden = flagOf(fields['hidden'], command.hidden);
  command.extranet = flagOf(fields['extranetSupport'], command.extranet);
  return { result: { command: commandEntity(command) } };
}

function newName(portal: PortalCore, bot: Bot, command: Command, name: string): string {
  if (name === '') throw refusal('COMMAND_NAME_EMPTY', 'Command name is empty');
  if (!isCommandName(name)) throw refusal('COMMAND_NAME_INVALID', 'Command name is not valid');
  const taken = commandsOf(portal, bot).some((other) => other !== command && other.name === name);
  if (taken) throw refusal('COMMAND_ALREADY_EXISTS', 'Command already exists');
  return name;
}

function without(texts: Record<string, string>, languages: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([language]) => !languages.includes(language)));
}

function list(portal: PortalCore, call: MethodCall): MethodAnswer {
  const commands = commandsOf(portal, callingBotV2(portal, call));
  return { result: { commands: commands.map((command) => commandEntity(command, portal.state.language)) } };
}

function unregister(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV2(portal, call);
  portal.state.commands.delete(ownCommand(portal, bot, call.params).id);
  return done;
}

/** Works outside the bot's own chats too; there the text appears as a system message. */
function answer(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV2(portal, call);
  const failed = refusal('COMMAND_ANSWER_FAILED', 'The answer was not sent');
  const command = portal.state.commands.get(idOf(call.params['commandId']));
  const message = messageForBot(portal, call.params);
  if (command?.botId !== bot.id || !message) throw failed;
  const chat = chatOfMessage(portal.state, message);
  const dialogId = textOf(call.params['dialogId']) ?? '';
  const names = chat.pair ? [String(chat.pair.userId), `chat${chat.id}`] : [`chat${chat.id}`];
  if (!names.includes(dialogId)) throw failed;
  const fields = mapOf(call.params['fields']) ?? {};
  const content = messageContent(fields);
  if (content.text.trim() === '' && content.attach === undefined) throw failed;
  const system = !chat.members.has(bot.id) || flagOf(fields['system'], false);
  portal.said(addMessage(portal.state, chat, { ...content, authorId: bot.id, sentByBot: bot.id, system }));
  return done;
}
