import { at } from '../../lib/core/fields';
import { messagesIn } from '../../lib/speechsense/chat';
import {
  metadataOf,
  putTalk,
  searchFieldOf,
  unwrapped,
  updateTalkOf,
  uploadKeyOf,
  warnOfNotes,
} from '../runtime/speechsense/talk-message';
import { uploadsOfNode } from '../runtime/speechsense/uploads-of-node';
import type { StartNode } from '../runtime/register-node';

export const start: StartNode = (RED, shell) => {
  const uploads = uploadsOfNode(RED, shell, 'chat');
  const { client } = uploads;
  const readChat = shell.typed('chat', 'payload');
  const readMetadata = shell.typed('metadata', 'metadata');
  const reupload = shell.settings.flag('reupload', false);
  return {
    async onMessage(message, { emit, signal }) {
      const chat = unwrapped(await readChat(message));
      // A chat may bring its metadata along.
      const given = (await readMetadata(message)) ?? at(chat, 'metadata');
      const metadata = metadataOf(message, given, client.connectionId);
      if (metadata.talkId !== undefined) {
        warnOfNotes(shell, { notes: await updateTalkOf(client, message, metadata, signal) });
        return emit(message);
      }
      const { fields } = metadata;
      const key = uploadKeyOf(message, fields, messagesIn(chat));
      const searchBy = searchFieldOf(fields, key);
      const talk = await uploads.uploadText(chat, fields, { key, searchBy, reupload, signal });
      const { messages, skipped } = talk;
      putTalk(message, talk, { messages, ...(skipped > 0 && { skipped }) });
      warnOfNotes(shell, talk);
      emit(message);
    },
  };
};
