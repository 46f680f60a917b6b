import { callingBotV1, ownerV1 } from './bot-access-v1';
import { addCommand, v1Events, v1HandlersOf } from './bots';
import { isHandlerUrl } from './bots-v2';
import { scoped, yes, type MethodAnswer, type MethodCall, type MethodTable, type PortalCore } from './call';
import { isCommandName } from './commands-v2';
import { addMessage, chatOfMessage } from './messages';
import { contentV1 } from './messages-v1';
import { flagOf, idOf, isMap, listOf, mapOf, textOf, upperKeys, type Params } from '../shared/params';
import { refusal } from './refusal';
import { ownerKey, type Bot, type Command } from './state';

export function commandMethodsV1(portal: PortalCore): MethodTable {
  return scoped(['imbot'], {
    'imbot.command.register': { run: (call) => register(portal, call) },
    'imbot.command.update': { run: (call) => update(portal, call) },
    'imbot.command.unregister': { run: (call) => unregister(portal, call) },
    'imbot.command.answer': { run: (call) => answer(portal, call) },
  });
}

function register(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV1(portal, call, true);
  const params = upperKeys(call.params);
  const handler = params['EVENT_COMMAND_ADD'];
  if (!isHandlerUrl(handler))
    throw refusal('EVENT_COMMAND_ADD_ERROR', "Handler for EVENT_COMMAND_ADD isn't correct");
  const name = textOf(params['COMMAND']) ?? '';
  if (!isCommandName(name)) throw refusal('COMMAND_ERROR', "Command isn't specified");
  const texts = textsOf(params['LANG']);
  const hidden = flagOf(params['HIDDEN'], false);
  if (Object.keys(texts.title).length === 0 && !hidden)
    throw refusal('LANG_ERROR', "Lang set can't be empty");
  // One address for all commands of an owner: this one takes them all over.
  v1HandlersOf(portal.state, bot.owner).set(v1Events.command, handler);
  const known = [...portal.state.commands.values()].find((one) => one.botId === bot.id && one.name === name);
  if (known) return { result: known.id };
  const command = addCommand(portal.state, bot, {
    command: name,
    ...texts,
    common: flagOf(params['COMMON'], false),
    hidden,
    extranet: flagOf(params['EXTRANET_SUPPORT'], false),
  });
  return { result: command.id };
}

function textsOf(lang: unknown): { title: Record<string, string>; params: Record<string, string> } {
  const entries = listOf(lang).filter(isMap);
  const pick = (key: string): Record<string, string> =>
    Object.fromEntries(
      entries.flatMap((entry) => {
        const language = textOf(entry['LANGUAGE_ID']) ?? '';
        const text = textOf(entry[key]) ?? '';
        return language === '' || text === '' ? [] : [[language, text] as const];
      }),
    );
  return { title: pick('TITLE'), params: pick('PARAMS') };
}

/** The command and its bot, if they are the caller's. */
function ownCommand(portal: PortalCore, call: MethodCall, params: Params): { command: Command; bot: Bot } {
  const owner = ownerV1(call);
  const byName = textOf(params['COMMAND']);
  const mine = (command: Command): boolean => {
    const bot = portal.state.bots.get(command.botId);
    return bot !== undefined && ownerKey(bot.owner) === ownerKey(owner);
  };
  const commands = [...portal.state.commands.values()];
  const wantedId = idOf(params['COMMAND_ID']);
  const command = commands.find((one) =>
    wantedId > 0 ? one.id === wantedId : mine(one) && one.name === byName,
  );
  const bot = command && portal.state.bots.get(command.botId);
  if (!command || !bot) throw refusal('COMMAND_ID_ERROR', 'Command not found');
  if (!mine(command)) throw refusal('APP_ID_ERROR', 'Command was installed by another application');
  return { command, bot };
}

function update(portal: PortalCore, call: MethodCall): MethodAnswer {
  const params = upperKeys(call.params);
  const { command, bot } = ownCommand(portal, call, { COMMAND_ID: params['COMMAND_ID'] });
  const fields = upperKeys(mapOf(params['FIELDS']) ?? {});
  const handler = fields['EVENT_COMMAND_ADD'];
  if (handler !== undefined) {
    if (!isHandlerUrl(handler))
      throw refusal('EVENT_COMMAND_ADD_ERROR', "Handler for EVENT_COMMAND_ADD isn't correct");
    v1HandlersOf(portal.state, bot.owner).set(v1Events.command, handler);
  }
  command.name = textOf(fields['COMMAND']) ?? command.name;
  command.hidden = flagOf(fields['HIDDEN'], command.hidden);
  command.extranet = flagOf(fields['EXTRANET_SUPPORT'], command.extranet);
  if ('LANG' in fields) Object.assign(command, textsOf(fields['LANG']));
  return yes;
}

function unregister(portal: PortalCore, call: MethodCall): MethodAnswer {
  const { command } = ownCommand(portal, call, { COMMAND_ID: upperKeys(call.params)['COMMAND_ID'] });
  portal.state.commands.delete(command.id);
  return yes;
}

function answer(portal: PortalCore, call: MethodCall): MethodAnswer {
  const params = upperKeys(call.params);
  const { bot } = ownCommand(portal, call, params);
  const messageId = idOf(params['MESSAGE_ID']);
  if (messageId === 0) throw refusal('MESSAGE_ID_EMPTY', "Message ID can't be empty");
  const content = contentV1(params);
  const asked = portal.state.messages.get(messageId);
  if (!asked) throw refusal('WRONG_REQUEST', "Message isn't added");
  const chat = chatOfMessage(portal.state, asked);
  const system = !chat.members.has(bot.id) || flagOf(params['SYSTEM'], false);
  const urlPreview = flagOf(params['URL_PREVIEW'], true);
  const message = addMessage(portal.state, chat, {
    ...content,
    authorId: bot.id,
    sentByBot: bot.id,
    system,
    urlPreview,
  });
  portal.said(message);
  return { result: message.id };
}
