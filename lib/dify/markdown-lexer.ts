import { createRequire } from 'node:module';
import type { Token } from 'marked' with { 'resolution-mode': 'import' };

export type { Token } from 'marked' with { 'resolution-mode': 'import' };

interface Lexing {
  lexer: (markdown: string) => Token[];
}

function isLexing(loaded: unknown): loaded is Lexing {
  return typeof loaded === 'object' && loaded !== null && 'lexer' in loaded;
}

// It is an ES module only, which the compiler does not let CommonJS require; Node does.
const loaded: unknown = createRequire(__filename)('marked');
if (!isLexing(loaded)) throw new TypeError('the installed marked has no lexer');

export const lexMarkdown: (markdown: string) => Token[] = loaded.lexer;
