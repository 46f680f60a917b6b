import { callingBotV2, chatForBot, fieldsOf } from './bot-access-v2';
import { isBase64 } from './bots-v2';
import { scoped, type MethodAnswer, type MethodCall, type MethodTable, type PortalCore } from './call';
import { addFile, fileEntityV2 } from './file-cards';
import { dialogIdOf } from './chats';
import { addMessage } from './messages';
import { idOf, textOf } from '../shared/params';
import { denied, refusal } from './refusal';
import type { StoredFile } from './state';

/** Of the text of `content`: the documentation names the number, and not what it counts, so this is the narrower reading. */
const longestContent = 100 * 1024 * 1024;

export function fileMethods(portal: PortalCore): MethodTable {
  return {
    ...scoped(['imbot'], {
      'imbot.v2.File.upload': { inBatch: 'refused', run: (call) => upload(portal, call) },
      'imbot.v2.File.download': { inBatch: 'refused', run: (call) => download(portal, call) },
    }),
    // Only the description; the bytes are a request of their own, so a batch may hold it.
    ...scoped(['disk'], { 'disk.file.get': { run: (call) => diskFile(portal, call) } }),
  };
}

function upload(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV2(portal, call);
  const chat = chatForBot(portal, bot, call.params);
  const fields = fieldsOf(call.params);
  const name = textOf(fields['name']) ?? '';
  const content = textOf(fields['content']) ?? '';
  if (name === '' || content === '') throw refusal('FILE_EMPTY', 'File name or content is empty');
  if (content.length > longestContent) throw refusal('FILE_TOO_LARGE', 'File is too large');
  if (!isBase64(content)) throw refusal('FILE_INVALID_CONTENT', 'File content must be base64');
  const file = addFile(portal.state, chat.id, bot.id, { name, bytes: Buffer.from(content, 'base64') });
  const message = addMessage(portal.state, chat, {
    authorId: bot.id,
    sentByBot: bot.id,
    text: textOf(fields['message']) ?? '',
    fileIds: [file.id],
  });
  portal.said(message);
  const sent = { messageId: message.id, chatId: chat.id, dialogId: dialogIdOf(chat) };
  return { result: { file: fileEntityV2(portal.state, file), ...sent } };
}

function download(portal: PortalCore, call: MethodCall): MethodAnswer {
  const bot = callingBotV2(portal, call);
  const file = storedFile(portal, call.params['fileId']);
  if (!file) throw refusal('FILE_NOT_FOUND', 'File not found');
  if (portal.state.chats.get(file.chatId)?.members.has(bot.id) !== true) {
    throw denied('FILE_ACCESS_ERROR', 'No access to the file');
  }
  return { result: { downloadUrl: portal.downloads.link(file, { kind: call.caller.kind }) } };
}

/** Files of a chat lie on the drive of whoever got them, so an administrator's token may not read them. */
function diskFile(portal: PortalCore, call: MethodCall): MethodAnswer {
  const { params, caller } = call;
  const id = idOf(params['id']);
  if (id === 0) throw refusal('ERROR_ARGUMENT', "Invalid value of parameter 'id'");
  const recording = portal.telephony.recordings.describe(id, call);
  if (recording) return { result: recording };
  const file = storedFile(portal, id);
  if (!file) throw refusal('ERROR_NOT_FOUND', 'Could not find entity with id');
  const isMember = portal.state.chats.get(file.chatId)?.members.has(caller.userId) === true;
  if (!file.readableByAll && !isMember) throw denied('ACCESS_DENIED', 'Access denied');
  const auth = textOf(params['auth']) ?? portal.state.webhook.secret;
  return {
    result: {
      ID: String(file.id),
      NAME: file.name,
      CODE: null,
      TYPE: 'file',
      // The storage id, which is not the disk id that events carry.
      FILE_ID: 10_000 + file.id,
      SIZE: String(file.bytes.length),
      DOWNLOAD_URL: portal.downloads.link(file, { kind: 'disk', auth }),
    },
  };
}

function storedFile(portal: PortalCore, given: unknown): StoredFile | undefined {
  return portal.state.files.get(idOf(given));
}
