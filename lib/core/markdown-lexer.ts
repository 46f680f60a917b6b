import { createRequire } from 'node:module';
import type { Lexer, Token } from 'marked' with { 'resolution-mode': 'import' };

export type { Token, Tokens } from 'marked' with { 'resolution-mode': 'import' };

interface MarkedLexing {
  lexer: (markdown: string) => Token[];
  Lexer: Pick<typeof Lexer, 'lexInline'>;
}

function isLexing(loaded: unknown): loaded is MarkedLexing {
  return typeof loaded === 'object' && loaded !== null && 'lexer' in loaded && 'Lexer' in loaded;
}

// marked ships ES modules only. The compiler refuses to require one from CommonJS, Node (>= 20.19) does not.
const loaded: unknown = createRequire(__filename)('marked');
if (!isLexing(loaded)) throw new TypeError('the installed marked has no lexer');
const marked: MarkedLexing = loaded;

export function lexMarkdown(markdown: string): Token[] {
  return marked.lexer(markdown);
}

/** Marks inside a piece of HTML, which the block lexer leaves as it is. */
export function lexInline(markdown: string): Token[] {
  return marked.Lexer.lexInline(markdown);
}
