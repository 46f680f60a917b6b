import { at, flagAt, textAt } from '../../core/fields';
import type { Part } from '../../core/parts';
import { textParts, type TextOptions } from '../rich-text/rich-text';
import { linkPart } from './link-part';
import { endsAs, isDrawing, mediaFile, webAddress } from './media-file';
import { videoParts } from './video-parts';

/** Why nothing of a bubble is shown. An empty bubble is none of these: a variable without a value makes one. */
export interface UnshownBubble {
  readonly reason: 'unknown-type' | 'unusable-address';
  /** Shown to the operator; it comes from outside and is short. */
  readonly type: string;
}

export interface BubbleOptions extends TextOptions {
  readonly report?: (unshown: UnshownBubble) => void;
}

type Reader = (content: unknown, options: BubbleOptions) => Part[];

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['text', textParts],
  ['image', imageParts],
  ['video', videoParts],
  ['audio', audioParts],
  ['embed', embedParts],
  ['custom-embed', (content) => linkPart(textAt(content, 'url'))],
]);

/** One bubble of the bot as parts of the answer, in order. */
export function bubbleParts(bubble: unknown, options: BubbleOptions = {}): Part[] {
  const type = textAt(bubble, 'type') ?? '';
  const reader = readers.get(type);
  const report = (reason: UnshownBubble['reason']) => options.report?.({ reason, type: type.slice(0, 40) });
  if (reader === undefined) {
    report('unknown-type');
    return [];
  }
  const content = at(bubble, 'content');
  const parts = reader(content, options);
  const url = textAt(content, 'url')?.trim() ?? '';
  // The link of a picture is shown without it.
  const isLost = parts.length === 0 || type === 'image';
  if (isLost && url !== '' && webAddress(url) === undefined) report('unusable-address');
  return parts;
}

/** The web page around such a bubble would tell the bot when to go on; in a chat the person's next text does. */
export function bubbleWaitsForEvent(bubble: unknown): boolean {
  const type = textAt(bubble, 'type');
  if (type === 'embed') return flagAt(bubble, 'content', 'waitForEvent', 'isEnabled');
  // A bot stops there also when nobody told it what to wait for.
  return type === 'custom-embed';
}

function imageParts(content: unknown): Part[] {
  const url = textAt(content, 'url');
  if (url === undefined || url.trim() === '') return [];
  const click = linkPart(textAt(content, 'clickLink', 'url'), textAt(content, 'clickLink', 'alt'));
  const address = webAddress(url);
  if (address === undefined) return click;
  return [...(isDrawing(address) ? linkPart(url) : [mediaFile(address, 'image')]), ...click];
}

function audioParts(content: unknown): Part[] {
  const address = webAddress(textAt(content, 'url'));
  return address === undefined ? [] : [mediaFile(address, 'audio')];
}

function embedParts(content: unknown): Part[] {
  const url = textAt(content, 'url');
  const address = webAddress(url);
  if (address === undefined) return [];
  return endsAs(address, 'document') ? [mediaFile(address, 'document')] : linkPart(url);
}
