import type { Portal } from '../bitrix24';
import { idOf, textOf } from '../shared/params';
import { operatorId, type Channel } from './channels';

export type Act = (channel: Channel, order: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** What the two people of the chat page can do. Rejects with the reason, which is shown to them. */
export function chatActs(portal: Portal): Readonly<Record<string, Act>> {
  return {
    async say(channel, { text, replyId }) {
      channel.settle();
      const reply = idOf(replyId);
      await portal.clientSays(channel.chat, {
        text: textOf(text) ?? '',
        ...(reply > 0 && { replyId: reply }),
      });
    },
    async press(_channel, { message, button }) {
      await portal.press({ id: idOf(message) }, textOf(button) ?? '');
    },
    async command(channel, { name, params }) {
      channel.settle();
      const given = { name: textOf(name) ?? '', params: textOf(params) ?? '' };
      if (takesCommand(portal, channel, given.name)) await portal.command(channel.chat, given);
      else await portal.clientSays(channel.chat, { text: `/${given.name} ${given.params}`.trim() });
    },
    async react(_channel, { message }) {
      await portal.reaction({ id: idOf(message) });
    },
    async edit(_channel, { message, text }) {
      await portal.edit({ id: idOf(message) }, textOf(text) ?? '');
    },
    async remove(_channel, { message }) {
      await portal.delete({ id: idOf(message) });
    },
    async take({ chat }) {
      portal.takeOver(chat, operatorId);
    },
    async finish({ chat }) {
      portal.closeSession(chat);
    },
    async answer({ chat }, { text }) {
      const author = portal.state.users.get(operatorId);
      await portal.clientSays(chat, { text: textOf(text) ?? '', ...(author && { author }) });
    },
  };
}

/** Of a bot that is in the dialog, and for clients; anything else that begins with a slash is plain text to a portal. */
function takesCommand(portal: Portal, channel: Channel, name: string): boolean {
  const id = channel.bot()?.id;
  if (id === undefined || !channel.chat.members.has(id)) return false;
  return [...portal.state.commands.values()].some(
    (command) => command.botId === id && command.name === name && command.extranet,
  );
}

/** A file from the client, with its bytes. */
export async function sendFile(
  portal: Portal,
  channel: Channel,
  file: { name: string; type: string; bytes: Buffer },
): Promise<void> {
  channel.settle();
  const { name, type: contentType, bytes } = file;
  await portal.clientSays(channel.chat, { files: [{ name, contentType, bytes }] });
}
