import type { Part, TextPart } from '../../core/parts';
import { at } from '../../core/fields';
import { readLines } from './lines';
import { groupByMarkdown, joinElements } from './raw-markdown';
import { bbStyle, markdownStyle, writeLines } from './write-lines';

export interface TextOptions {
  /** Reads Markdown that stands as plain text in a bubble, as answers of models in variables do. */
  readonly markdownInText?: boolean;
}

/** The elements of a text bubble as BB code: each top-level element begins a line, and an empty one is a blank line. */
export function richTextToBb(richText: unknown): string {
  return writeLines(readLines(richText), bbStyle);
}

/** The content of a text bubble, in either of the forms that a server sends; nothing when there is nothing to read. */
export function textParts(content: unknown, { markdownInText = false }: TextOptions = {}): Part[] {
  const markdown = at(content, 'markdown');
  if (typeof markdown === 'string') return textPart(markdown, 'markdown');
  const richText = at(content, 'richText');
  if (!markdownInText) return textPart(richTextToBb(richText), 'bbcode');
  return groupByMarkdown(readLines(richText)).flatMap(({ elements, isMarkdown }) =>
    isMarkdown
      ? textPart(joinElements(elements.map((lines) => writeLines(lines, markdownStyle))), 'markdown')
      : textPart(writeLines(elements.flat(), bbStyle), 'bbcode'),
  );
}

function textPart(text: string, format: TextPart['format']): Part[] {
  return text.trim() === '' ? [] : [{ type: 'text', text, format }];
}
