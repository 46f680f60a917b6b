import type { ChoicesPart, FilePart, Part, TextPart } from '../../core/parts';
import { choiceKeyboard, choiceList, type Keyboard } from './choices';
import { markdownToBb } from './markdown';
import { plainToBb } from '../../core/bb/plain-to-bb';
import { sanitiseBb } from './sanitise';
import { hardLimit, openChannelLimit, splitText } from './split';
import type { Allow } from '../../core/bb/tag-table';

export interface PartsRendering {
  /** An Open Channel ends in somebody else's messenger: shorter texts, and no buttons to rely on. */
  channel: 'open-channel' | 'bitrix';
  botId: number;
  /** `auto`: both in Open Channels, a keyboard elsewhere. */
  choices?: 'auto' | 'keyboard' | 'list' | 'both';
  /** In UTF-16 units. 4 000 in Open Channels and 20 000 elsewhere, unless told otherwise. */
  limit?: number;
  allow?: Allow;
}

export type OutgoingPiece =
  | { kind: 'message'; text: string; keyboard?: Keyboard }
  | { kind: 'file'; file: FilePart }
  | { kind: 'wait'; ms: number };

/** An answer as what has to be done in the chat, one step after the other. */
export function renderParts(parts: readonly Part[], rendering: PartsRendering): OutgoingPiece[] {
  const limit = rendering.limit ?? (rendering.channel === 'open-channel' ? openChannelLimit : hardLimit);
  const pieces: OutgoingPiece[] = [];
  let texts: string[] = [];
  const say = (bb: string) => texts.push(bb);
  const finish = (keyboard?: Keyboard) => {
    pieces.push(...messages(texts, limit, keyboard));
    texts = [];
  };

  for (const part of parts) {
    if (part.type === 'text') {
      say(textToBb(part, rendering.allow ?? {}));
    } else if (part.type === 'choices') {
      if (part.prompt !== undefined) say(plainToBb(part.prompt));
      if (part.items.length === 0) continue;
      const { list, keyboard } = presentChoices(part, rendering, texts.some(isSomething));
      if (list !== undefined) say(list);
      finish(keyboard);
    } else {
      finish();
      if (part.type === 'file') pieces.push({ kind: 'file', file: part });
      else if (part.ms > 0) pieces.push({ kind: 'wait', ms: part.ms });
    }
  }
  finish();
  return pieces;
}

export function textToBb({ text, format }: TextPart, allow: Allow): string {
  switch (format) {
    case 'markdown':
      return markdownToBb(text, { allow });
    case 'bbcode':
      return sanitiseBb(text, allow);
    case 'plain':
      return plainToBb(text);
  }
}

interface Presentation {
  list?: string;
  keyboard?: Keyboard;
}

function presentChoices(
  { items, multiple }: ChoicesPart,
  { channel, choices = 'auto', botId }: PartsRendering,
  hasText: boolean,
): Presentation {
  // One click is one choice; several have to be typed.
  const automatic = channel === 'open-channel' || multiple === true ? 'both' : 'keyboard';
  const wanted = choices === 'auto' ? automatic : choices;
  const keyboard = wanted === 'list' ? undefined : choiceKeyboard(items, botId);
  if (keyboard === undefined) return { list: choiceList(items) };
  // A keyboard hangs on a message, and a message needs a text.
  return wanted === 'both' || !hasText ? { list: choiceList(items), keyboard } : { keyboard };
}

function isSomething(text: string): boolean {
  return text.trim() !== '';
}

/** Texts stay together as long as they fit; the keyboard belongs to the last of them. */
function messages(texts: readonly string[], limit: number, keyboard: Keyboard | undefined): OutgoingPiece[] {
  const joined: string[] = [];
  for (const text of texts.filter(isSomething).map(withoutBlankEnds)) {
    const last = joined.at(-1);
    if (last !== undefined && last.length + 2 + text.length <= limit)
      joined[joined.length - 1] = `${last}\n\n${text}`;
    else joined.push(text);
  }
  const split = joined.flatMap((text) => splitText(text, limit));
  return split.map((text, index) => {
    const isLast = index === split.length - 1;
    return isLast && keyboard !== undefined ? { kind: 'message', text, keyboard } : { kind: 'message', text };
  });
}

function withoutBlankEnds(text: string): string {
  return text.replace(/^(?:[ \t]*\n)+/, '').trimEnd();
}
