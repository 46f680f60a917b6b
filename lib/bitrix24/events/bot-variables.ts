import type { BitrixEvent } from './event';

/**
 * BitBot's variables under their exact names, all text. Existing Dify and Typebot bots read them, so `event` is
 * the v1 name for both generations. What an event does not have is left out, as BitBot does.
 */
export function botVariables(event: BitrixEvent): Record<string, string> {
  const { user, chat, command } = event;
  const file = event.files[0];
  const variables: Record<string, string> = {
    event: v1Name(event),
    scope: event.portal.scope,
    client_endpoint: event.portal.clientEndpoint,
    BOT_ID: text(event.bot.id),
    DIALOG_ID: event.dialogId,
    CHAT_ID: text(event.chatId),
    MESSAGE_ID: text(event.messageId),
    MESSAGE: messageText(event),
    AUTHOR_ID: text(user.id),
    USER_ID: text(user.id),
    CHAT_AUTHOR_ID: text(chat.ownerId),
    FIRST_NAME: user.firstName,
    LAST_NAME: user.lastName,
    IS_BOT: yesNo(user.isBot),
    IS_CONNECTOR: yesNo(user.isConnector),
    IS_NETWORK: yesNo(user.isNetwork),
    IS_EXTRANET: yesNo(user.isExtranet),
    COMMAND_ID: text(command?.id),
    COMMAND: command?.name ?? '',
    COMMAND_PARAMS: command?.params ?? '',
    CHAT_TITLE: chat.title,
    LANGUAGE: event.language,
    CHAT_ENTITY_DATA_1: chat.entityData1,
    CHAT_ENTITY_DATA_2: chat.entityData2,
    CHAT_ENTITY_ID: chat.entityId,
    MESSAGE_BATCH: event.batch ? JSON.stringify(event.batch) : '',
    MESSAGE_BATCH_SIZE: text(event.batch?.length),
    file_id: text(file?.id),
    file_type: file?.type ?? '',
  };
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
}

/** What the person said; a message that is only a file says so in words, which a model can work with. */
export function messageText(event: BitrixEvent): string {
  const file = event.files[0];
  const onlyFile = file !== undefined && (event.text === '' || event.text === '[FILE]');
  return onlyFile ? `File sent: ${file.name ?? file.id}` : event.text;
}

const v1Names: Readonly<Record<string, string>> = {
  message: 'ONIMBOTMESSAGEADD',
  command: 'ONIMCOMMANDADD',
  join: 'ONIMBOTJOINCHAT',
  edit: 'ONIMBOTMESSAGEUPDATE',
  delete: 'ONIMBOTMESSAGEDELETE',
  context: 'ONIMBOTCONTEXTGET',
  'bot-removed': 'ONIMBOTDELETE',
};

function v1Name(event: BitrixEvent): string {
  return v1Names[event.kind] ?? event.event;
}

function text(id: number | null | undefined): string {
  return id === null || id === undefined ? '' : String(id);
}

function yesNo(flag: boolean): string {
  return flag ? 'Y' : 'N';
}
