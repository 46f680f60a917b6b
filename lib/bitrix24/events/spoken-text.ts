import type { BitrixEvent } from './event';

export interface Spoken {
  /** As the portal gives it; in a group with the mention still in it, where the portal has kept that. */
  text: string;
  /** The portal has cut the bot's mention out itself, which can leave its comma behind. */
  mentionCut: boolean;
}

/** What the person has said to the bot, the same for both API generations. */
export function spokenText(
  spoken: Spoken,
  event: Pick<BitrixEvent, 'kind' | 'bot' | 'chat' | 'command'>,
): string {
  const { kind, bot, chat, command } = event;
  // The older generation puts a sentence about the deletion here.
  if (kind === 'delete') return '';
  // A pressed button comes with the message that holds it, which the bot itself has written.
  if (command && isPressed(command)) return `/${command.name} ${command.params}`.trim();
  if (spoken.text === '[FILE]') return '';
  if (!isGroup(chat)) return spoken.text;
  return spoken.mentionCut
    ? spoken.text.replace(/^\s*,?\s*/, '')
    : withoutMention(spoken.text, bot.id).trim();
}

export function isPressed(command: NonNullable<BitrixEvent['command']>): boolean {
  return command.context === 'keyboard' || command.context === 'menu';
}

function isGroup({ type, entityType }: BitrixEvent['chat']): boolean {
  return entityType !== 'LINES' && type !== '' && type !== 'private';
}

function withoutMention(text: string, botId: number | null): string {
  if (botId === null) return text;
  const mention = new RegExp(`\\[USER=${botId}(?:\\s[^\\][]*)?\\][^[]*\\[/USER\\][ \\t]*[,:]?[ \\t]*`, 'gi');
  return text.replace(mention, '');
}
