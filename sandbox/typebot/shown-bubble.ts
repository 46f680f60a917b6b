import { isMap } from '../shared/params';
import type { BubbleBlock, Fields } from './blocks';
import type { Bot, PlacedBlock } from './bot';
import { variableIdIn } from './bot';
import { freshId } from './ids';
import { toMarkdown } from './rich-markdown';
import { fillRichText } from './rich-text';
import { fillIn, type Lookup } from './variables';
import { describeVideo } from './video-address';

export type TextFormat = 'richText' | 'markdown';

export interface Bubble {
  id: string;
  type: string;
  content: Fields;
}

/** None for a block that was never filled in. */
export function shownBubble(
  bot: Bot,
  block: PlacedBlock & BubbleBlock,
  lookup: Lookup,
  format: TextFormat,
): Bubble | undefined {
  const { type, content, richText, save } = block;
  if (content === undefined) return undefined;
  // A custom embed is no block of its own, and gets a new id each time.
  const id = type === 'custom-embed' ? freshId() : block.id;
  if (type === 'text') {
    // Whatever format was asked for.
    if (!richText) return { id, type, content: { type: 'richText', richText: [] } };
    return { id, type, content: textContent(fillRichText(richText, lookup), format) };
  }
  const filled = fillIn(content, lookup);
  const fields = isMap(filled) ? filled : {};
  if (type === 'video' && typeof fields['url'] === 'string' && fields['url'] !== '')
    return { id, type, content: { ...fields, ...describeVideo(fields['url']) } };
  const { waitForEvent } = fields;
  if (isMap(waitForEvent))
    fields['waitForEvent'] = { ...waitForEvent, saveDataInVariableId: variableIdIn(bot, save) };
  return { id, type, content: fields };
}

/** A sentence of the server itself. */
export function sentence(id: string, words: string, format: TextFormat): Bubble {
  return { id, type: 'text', content: textContent([{ type: 'p', children: [{ text: words }] }], format) };
}

function textContent(richText: ReturnType<typeof fillRichText>, format: TextFormat): Fields {
  return format === 'markdown'
    ? { type: 'markdown', markdown: toMarkdown(richText) }
    : { type: 'richText', richText };
}
