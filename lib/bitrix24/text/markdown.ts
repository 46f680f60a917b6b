import { cleanCharacters } from '../../core/characters';
import { renderBlocks } from './markdown-blocks';
import { markdownChunks, type Chunk } from '../../core/markdown-chunks';
import { topLevel } from './markdown-inline';
import { lexMarkdown } from '../../core/markdown-lexer';
import { plainToBb } from '../../core/bb/plain-to-bb';
import { sanitiseBb } from './sanitise';
import type { Allow } from '../../core/bb/tag-table';

export interface RenderOptions {
  allow?: Allow;
}

/**
 * Markdown as BB code. BB formatting in the source works as well, because models are often asked for it; tags that
 * act are shown as they are written, unless allowed.
 */
export function markdownToBb(markdown: string, { allow = {} }: RenderOptions = {}): string {
  const chunks = markdownChunks(cleanCharacters(markdown)).map((chunk) => {
    const bb = chunkToBb(chunk);
    return bb === '' ? '' : bb + chunk.gap;
  });
  return sanitiseBb(chunks.join('').trim(), allow);
}

function chunkToBb({ markdown, isTooDense }: Chunk): string {
  if (isTooDense) return plainToBb(markdown).trim();
  try {
    return renderBlocks(lexMarkdown(markdown), topLevel).trim();
  } catch {
    // Nested deeper than the stack, or a text that the lexer gives up on: the words still arrive.
    return plainToBb(markdown).trim();
  }
}
