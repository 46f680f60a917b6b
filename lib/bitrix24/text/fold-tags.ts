import type { BbToken } from './bb-tokens';

export interface Tag {
  name: string;
  rest: string;
  content: string;
}

/** Turns BB text into another text from the inside out: `format` gets each tag with its content already turned. */
export function foldTags(tokens: readonly BbToken[], format: (tag: Tag) => string): string {
  const frames: { name: string; rest: string; content: string }[] = [{ name: '', rest: '', content: '' }];
  const write = (text: string) => {
    const frame = frames.at(-1);
    if (frame !== undefined) frame.content += text;
  };
  let isLineStart = true;
  for (const token of tokens) {
    if (token.kind === 'text') write(quotesAsText(token.raw, isLineStart));
    if (token.kind === 'code') write(token.content);
    if (token.kind === 'single') write(format({ ...token, content: '' }));
    if (token.kind === 'open') frames.push({ name: token.name, rest: token.rest, content: '' });
    if (token.kind === 'close' && frames.length > 1) write(format(frames.pop() ?? { ...token, content: '' }));
    if (token.kind !== 'open' && token.kind !== 'close') isLineStart = /\n$|^\[br\]$/i.test(token.raw);
  }
  return frames.map(({ content }) => content).join('');
}

/** `>>quoted` as the rest of the world writes it. */
function quotesAsText(text: string, isLineStart: boolean): string {
  return text.replace(/^>>[ \t]?/gm, (mark, offset: number) => (offset === 0 && !isLineStart ? mark : '> '));
}
