export interface Chunk {
  markdown: string;
  /** Would take seconds to understand: one endless paragraph, or thousands of marks in one. */
  isTooDense: boolean;
  /** What stood between this chunk and the next. */
  gap: '\n' | '\n\n';
}

/** The lexer's time grows with the square of what it gets at once, and no answer may hold up all of Node-RED. */
const paragraphCut = 10_000;
const lineCut = 15_000;
const longestText = 30_000;
const longestCode = 200_000;
const mostMarks = 3_000;

/** Cuts long Markdown where a block can begin: between paragraphs, else between lines; never inside a fence. */
export function markdownChunks(markdown: string): Chunk[] {
  const chunks: Chunk[] = [];
  let chunk = emptyChunk();
  let fence: string | undefined;
  let isAfterBlank = false;
  for (const line of markdown.split('\n')) {
    const canBegin = fence === undefined && /^\S/.test(line);
    if (canBegin && chunk.length > (isAfterBlank ? paragraphCut : lineCut)) {
      chunks.push(finish(chunk, isAfterBlank ? '\n\n' : '\n'));
      chunk = emptyChunk();
    }
    const wasFence = fence !== undefined;
    fence = fenceAfter(line, fence);
    addLine(chunk, line, wasFence && fence !== undefined);
    isAfterBlank = line.trim() === '';
  }
  chunks.push(finish(chunk, '\n\n'));
  return chunks;
}

interface OpenChunk {
  lines: string[];
  length: number;
  textLength: number;
  marks: number;
  isTooDense: boolean;
}

function emptyChunk(): OpenChunk {
  return { lines: [], length: 0, textLength: 0, marks: 0, isTooDense: false };
}

function addLine(chunk: OpenChunk, line: string, isCode: boolean): void {
  chunk.lines.push(line);
  chunk.length += line.length + 1;
  if (isCode) return;
  chunk.textLength += line.length + 1;
  chunk.marks = line.trim() === '' ? 0 : chunk.marks + (line.match(/[_*~]/g)?.length ?? 0);
  chunk.isTooDense ||= chunk.marks > mostMarks;
}

function finish({ lines, length, textLength, isTooDense }: OpenChunk, gap: Chunk['gap']): Chunk {
  const isTooLong = textLength > longestText || length > longestCode;
  return { markdown: lines.join('\n'), isTooDense: isTooDense || isTooLong, gap };
}

function fenceAfter(line: string, fence: string | undefined): string | undefined {
  const found = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
  if (found === undefined) return fence;
  if (fence === undefined) return found;
  return found.startsWith(fence) && line.trim() === found ? undefined : fence;
}
