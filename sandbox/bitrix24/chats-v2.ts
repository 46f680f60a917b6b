import { argumentMissing, callingBotV2, chatForBot, fieldsOf, messageForBot } from './bot-access-v2';
import { done, scoped, type MethodAnswer, type MethodCall, type MethodTable, type PortalCore } from './call';
import { addGroupChat, dialogIdOf } from './chats';
import { chatEntity, userEntity } from './events-v2';
import { addMessage, chatOfMessage } from './messages';
import { flagOf, idOf, listOf, textOf } from '../shared/params';
import { denied, refusal } from './refusal';
import type { Bot, Chat } from './state';

const reactions = [
  'like',
  'dislike',
  'redHeart',
  'fire',
  'laugh',
  'whiteHeavyCheckMark',
  'eyes',
  'cry',
  'angry',
  'wonder',
];

const agentActions = [
  'THINKING',
  'SEARCHING',
  'GENERATING',
  'ANALYZING',
  'PROCESSING',
  'TRANSLATING',
  'CONNECTING',
  'CHECKING',
  'CALCULATING',
  'READING_DOCS',
  'COMPOSING',
].map((action) => `IMBOT_AGENT_ACTION_${action}`);

type InChat = (bot: Bot, chat: Chat, call: MethodCall) => MethodAnswer;

export function chatMethodsV2(portal: PortalCore): MethodTable {
  const inChat =
    (act: InChat) =>
    (call: MethodCall): MethodAnswer => {
      const bot = callingBotV2(portal, call);
      return act(bot, chatForBot(portal, bot, call.params), call);
    };
  return scoped(['imbot'], {
    'imbot.v2.Chat.InputAction.notify': { run: inChat((bot, chat, call) => notify(portal, bot, chat, call)) },
    'imbot.v2.Chat.TextField.enabled': {
      run: inChat((_, chat, { params }) => {
        chat.textFieldEnabled = flagOf(params['enabled'], true);
        return done;
      }),
    },
    'imbot.v2.Chat.get': {
      run: inChat((bot, chat) => ({
        result: { chat: { ...chatEntity(chat), role: roleOf(bot, chat), muteList: [] } },
      })),
    },
    'imbot.v2.Chat.add': { run: (call) => add(portal, call) },
    'imbot.v2.Chat.update': {
      run: inChat((_, chat, { params }) => {
        const fields = fieldsOf(params);
        chat.title = textOf(fields['title']) ?? chat.title;
        chat.description = textOf(fields['description']) ?? chat.description;
        return done;
      }),
    },
    'imbot.v2.Chat.leave': {
      run: inChat((bot, chat) => {
        chat.members.delete(bot.id);
        return done;
      }),
    },
    'imbot.v2.Chat.setOwner': {
      run: inChat((_, chat, { params }) => {
        chat.ownerId = memberOf(chat, params['userId']);
        return done;
      }),
    },
    'imbot.v2.Chat.User.add': { run: inChat((_, chat, call) => addUsers(portal, chat, call)) },
    'imbot.v2.Chat.User.delete': {
      run: inChat((_, chat, { params }) => {
        chat.members.delete(memberOf(chat, params['userId']));
        return done;
      }),
    },
    'imbot.v2.Chat.User.list': { run: inChat((_, chat, call) => listUsers(portal, chat, call)) },
    'imbot.v2.Chat.Manager.add': {
      run: inChat((_, chat, { params }) => {
        for (const id of listOf(params['userIds'])) chat.managers.add(memberOf(chat, id));
        return done;
      }),
    },
    'imbot.v2.Chat.Manager.delete': {
      run: inChat((_, chat, { params }) => {
        for (const id of listOf(params['userIds'])) chat.managers.delete(memberOf(chat, id));
        return done;
      }),
    },
    'imbot.v2.Chat.Message.Reaction.add': { run: (call) => react(portal, call, 'add') },
    'imbot.v2.Chat.Message.Reaction.delete': { run: (call) => react(portal, call, 'delete') },
  });
}

function notify(portal: PortalCore, bot: Bot, chat: Chat, { params }: MethodCall): MethodAnswer {
  const code = textOf(params['statusMessageCode']);
  if (code !== undefined && !agentActions.includes(code)) throw argumentMissing('statusMessageCode');
  const seconds = 'duration' in params ? idOf(params['duration']) : 30;
  if (seconds < 1 || seconds > 600) throw argumentMissing('duration');
  chat.typing = chat.typing.filter((mark) => mark.botId !== bot.id);
  chat.typing.push({ botId: bot.id, code, seconds, at: portal.state.now() });
  return done;
}

function roleOf(bot: Bot, chat: Chat): string {
  if (chat.ownerId === bot.id) return 'owner';
  return chat.managers.has(bot.id) ? 'manager' : 'member';
}

function memberOf(chat: Chat, given: unknown): number {
  const id = idOf(given);
  if (!chat.members.has(id)) throw denied('ACCESS_DENIED', 'No such member of the chat');
  return id;
}

/** A list under `users` is not read: the key is `userIds`. */
function add(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV2(portal, call);
  const fields = fieldsOf(call.params);
  const userIds = listOf(fields['userIds'])
    .map(idOf)
    .filter((id) => portal.state.users.has(id));
  const ownerId = idOf(fields['ownerId']) || bot.id;
  const chat = addGroupChat(portal.state, {
    title: textOf(fields['title']) ?? '',
    userIds,
    bots: [bot],
    ownerId,
  });
  chat.managers.add(bot.id);
  const first = textOf(fields['message']) ?? '';
  if (first !== '')
    portal.said(addMessage(portal.state, chat, { authorId: bot.id, sentByBot: bot.id, text: first }));
  return { result: { chat: chatEntity(chat) } };
}

function addUsers(portal: PortalCore, chat: Chat, { params }: MethodCall): MethodAnswer {
  for (const id of listOf(params['userIds']).map(idOf)) {
    const user = portal.state.users.get(id);
    if (!user) throw denied('ACCESS_DENIED', 'No such user');
    chat.members.add(id);
    const joined = portal.state.bots.get(id);
    if (joined) portal.announce([joined], { kind: 'join', chat, user: undefined });
  }
  return done;
}

function listUsers({ state }: PortalCore, chat: Chat, { params }: MethodCall): MethodAnswer {
  const limit = 'limit' in params ? idOf(params['limit']) : 50;
  if (limit < 1 || limit > 200) throw argumentMissing('limit');
  const offset = idOf(params['offset']);
  const members = [...chat.members];
  const users = members.slice(offset, offset + limit).flatMap((id) => state.users.get(id) ?? []);
  const hasNextPage = offset + limit < members.length;
  return { result: { dialogId: dialogIdOf(chat), users: users.map(userEntity), hasNextPage } };
}

function react(portal: PortalCore, call: MethodCall, action: 'add' | 'delete'): MethodAnswer {
  const bot = callingBotV2(portal, call);
  const message = messageForBot(portal, call.params);
  if (!message || !chatOfMessage(portal.state, message).members.has(bot.id)) {
    throw denied('ACCESS_DENIED', 'Access denied');
  }
  const reaction = textOf(call.params['reaction']) ?? '';
  const users = message.reactions.get(reaction) ?? new Set<number>();
  if (!reactions.includes(reaction)) throw refusal('REACTION_NOT_FOUND', 'Unknown reaction');
  if (action === 'add' && users.has(bot.id))
    throw refusal('REACTION_ALREADY_SET', 'The reaction is set already');
  if (action === 'delete' && !users.has(bot.id)) throw refusal('REACTION_NOT_FOUND', 'No such reaction');
  if (action === 'add') users.add(bot.id);
  else users.delete(bot.id);
  message.reactions.set(reaction, users);
  return done;
}
