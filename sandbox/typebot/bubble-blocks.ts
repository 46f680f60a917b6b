import type { BubbleBlock, Fields, RichElement, RichNode } from './blocks';

/** One paragraph a line; `{{NAME}}` stands for a variable. */
export function text(lines: string): BubbleBlock {
  return richText(...lines.split('\n').map((line) => paragraph({ text: line })));
}

export function richText(...elements: readonly RichNode[]): BubbleBlock {
  return { kind: 'bubble', type: 'text', content: {}, richText: elements };
}

export function paragraph(...children: readonly RichNode[]): RichElement {
  return { type: 'p', children };
}

export function link(url: string, label: string): RichElement {
  return { type: 'a', url, children: [{ text: label }] };
}

/** An entry that is a list belongs below the entry before it. */
export function list(kind: 'ul' | 'ol', entries: readonly (string | RichElement)[]): RichElement {
  const items: RichElement[] = [];
  for (const entry of entries) {
    const before = items.at(-1);
    if (typeof entry !== 'string' && before) items[items.length - 1] = under(before, entry);
    else if (typeof entry === 'string') items.push(listItem(entry));
  }
  return { type: kind, children: items };
}

function listItem(words: string): RichElement {
  return { type: 'li', children: [{ type: 'lic', children: [{ text: words }] }] };
}

function under(item: RichElement, inner: RichElement): RichElement {
  return { ...item, children: [...item.children, inner] };
}

/** One line a variable: what the bot knows. */
export function echo(...names: readonly string[]): BubbleBlock {
  return text(names.map((name) => `${name}: {{${name}}}`).join('\n'));
}

/** A text block in which nothing was written. */
export function emptyText(): BubbleBlock {
  return { kind: 'bubble', type: 'text', content: {} };
}

export function image(url: string | undefined, more: Fields = {}): BubbleBlock {
  return bubble('image', { ...(url === undefined ? {} : { url }), ...more });
}

export function video(url: string | undefined, more: Fields = {}): BubbleBlock {
  return bubble('video', { ...(url === undefined ? {} : { url }), ...more });
}

export function audio(url: string | undefined, more: Fields = {}): BubbleBlock {
  return bubble('audio', { ...(url === undefined ? {} : { url }), ...more });
}

export function embed(url: string | undefined, more: Fields = {}): BubbleBlock {
  return bubble('embed', { ...(url === undefined ? {} : { url }), ...more });
}

/** The flow stands still until the page in it reports the event. */
export function waitingEmbed(url: string, eventName: string, save?: string): BubbleBlock {
  const content = { url, waitForEvent: { isEnabled: true, name: eventName } };
  return { kind: 'bubble', type: 'embed', content, waits: true, save };
}

/** Always waits, whatever is in it. */
export function customEmbed(url: string | undefined, save?: string): BubbleBlock {
  const functions = {
    initFunction: { args: {}, content: 'typebotElement.innerHTML = ""' },
    waitForEventFunction: { args: {}, content: 'continueFlow("done")' },
  };
  const content = { ...(url === undefined ? {} : { url }), ...functions };
  return { kind: 'bubble', type: 'custom-embed', content, waits: true, save };
}

/** Any type, also one that nobody knows yet. */
export function bubble(type: string, content: Fields): BubbleBlock {
  return { kind: 'bubble', type, content };
}

/** A block that was put into the flow and never opened. */
export function untouchedBubble(type: string): BubbleBlock {
  return { kind: 'bubble', type };
}
