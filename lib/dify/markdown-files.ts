import { at } from '../core/fields';
import { markdownChunks } from '../core/markdown-chunks';
import { lexMarkdown, type Token } from '../core/markdown-lexer';
import { absoluteUrl, nameInUrl, type DifyFile } from './output-files';
import { shelvePictures } from './shelved-pictures';

export type MarkdownPiece = { text: string } | { file: DifyFile };

/** Longer answers are left as they are: nobody looks for pictures in them, and lexing takes its time. */
const longestLexed = 200_000;

/**
 * Takes the files out of an answer: pictures, and links to files that the app made, whose addresses end in minutes. A
 * picture that stands alone stays in its place; one inside a sentence leaves its name there and follows at the end.
 */
export function splitMarkdown(text: string, origin: string): MarkdownPiece[] {
  if (text.length > longestLexed) return [{ text }];
  if (!text.includes('](') && !text.includes('![')) return [{ text }];
  const { short, restore } = shelvePictures(text);
  try {
    const pieces = split(short, origin);
    if (!pieces.some((piece) => 'file' in piece)) return [{ text }];
    return pieces.map((piece) =>
      'text' in piece
        ? { text: restore(piece.text) }
        : { file: { ...piece.file, url: restore(piece.file.url) } },
    );
  } catch {
    // Nested deeper than the stack, or a text that the lexer gives up on: the words still arrive.
    return [{ text }];
  }
}

function split(text: string, origin: string): MarkdownPiece[] {
  const pieces: MarkdownPiece[] = [];
  const inside: DifyFile[] = [];
  let gathered = '';
  const flush = (): void => {
    if (gathered.trim() !== '') pieces.push({ text: gathered.trim() });
    gathered = '';
  };
  const takeBlock = (block: Token): void => {
    const found = filesIn(block, origin);
    if (found.length > 0 && standsAlone(block)) {
      flush();
      pieces.push(...found.map(({ file }) => ({ file })));
      return;
    }
    inside.push(...found.map(({ file }) => file));
    gathered += found.reduce((raw, { written, label }) => raw.replace(written, () => label), block.raw);
  };
  for (const { markdown, isTooDense } of markdownChunks(text)) {
    if (isTooDense) gathered += markdown;
    else lexMarkdown(markdown).forEach(takeBlock);
    gathered += '\n';
  }
  flush();
  return [...pieces, ...inside.map((file) => ({ file }))];
}

interface FoundFile {
  file: DifyFile;
  written: string;
  label: string;
}

function filesIn(token: Token, origin: string): FoundFile[] {
  if (token.type === 'code' || token.type === 'codespan' || token.type === 'html') return [];
  const own = fileOf(token, origin);
  if (own) return [own];
  return childrenOf(token).flatMap((child) => filesIn(child, origin));
}

function fileOf(token: Token, origin: string): FoundFile | undefined {
  const href: unknown = at(token, 'href');
  const label: unknown = at(token, 'text');
  if (typeof href !== 'string' || typeof label !== 'string') return undefined;
  const isPicture = token.type === 'image';
  if (!isPicture && !(token.type === 'link' && isMadeByApp(href, origin))) return undefined;
  if (!/^data:/.test(href) && absoluteUrl(href, origin) === undefined) return undefined;
  const name = nameInUrl(href);
  const file: DifyFile = {
    name: isFileName(label) || name === 'file' || !name.includes('.') ? label.trim() || name : name,
    type: isPicture ? 'image' : 'custom',
    url: href,
  };
  return { file, written: token.raw, label };
}

/** The app's name for it says more than the number in its address. */
function isFileName(label: string): boolean {
  return /^[^\s/\\][^/\\]{0,100}\.[a-z0-9]{2,5}$/i.test(label.trim());
}

/** A signed address below /files/. */
function isMadeByApp(href: string, origin: string): boolean {
  const url = absoluteUrl(href, origin);
  if (url === undefined) return false;
  const { pathname, searchParams } = new URL(url);
  return (
    /\/files\/[\w-]/.test(pathname) && (searchParams.has('sign') || url.startsWith(`${origin}/files/tools/`))
  );
}

function standsAlone(block: Token): boolean {
  if (block.type !== 'paragraph') return false;
  return childrenOf(block).every(
    (child) => child.type !== 'link' && (child.type === 'image' || isBlank(child)),
  );
}

function isBlank(token: Token): boolean {
  return token.type === 'br' || (token.type === 'text' && token.raw.trim() === '');
}

/** Lists and tables keep theirs in properties of other names. */
function childrenOf(token: Token): Token[] {
  const cells = [at(token, 'header'), at(token, 'rows')].flat(2);
  return [at(token, 'tokens'), at(token, 'items'), cells]
    .flat()
    .flatMap((child) => (isToken(child) ? [child] : tokensOf(child)));
}

function tokensOf(cell: unknown): Token[] {
  const tokens = at(cell, 'tokens');
  return Array.isArray(tokens) ? tokens.filter(isToken) : [];
}

function isToken(value: unknown): value is Token {
  return typeof value === 'object' && value !== null && 'type' in value && 'raw' in value;
}
