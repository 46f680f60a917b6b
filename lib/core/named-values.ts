import { mask } from './learnt-secrets';
import { isSecretName } from './secret-names';

/** Masks the values of secret names in `name=value` pairs and in JSON-like `"name":"value"` pairs. */
export function maskNamedValues(text: string): string {
  return replaceValues(replaceValues(text, quotedNames, afterQuotedName), plainNames, afterPlainName);
}

/** `"name":` and `'name':`, also escaped any number of times inside another JSON text. */
const quotedNames = /(["'])([\w$.\-[\]]+)(\\*)\1\s*(?::|=>)\s*/g;

/** `name=`, `name[in][php]=`, both percent-encoded, and `name:`. `\u0026` is `&` in the JSON of some services. */
const plainNames =
  /(?:(?<![\w-])|%(?:25)?(?:5B|3F|26)|\\u0026)([\w-]+)(?:\]|%(?:25)?5D)?(\s?=(?!=)>?\s?|%(?:25)?3D|:\s?)/gi;

interface Span {
  start: number;
  end: number;
}

interface NamedPlace {
  name: string;
  valueAt: (text: string, from: number) => Span | undefined;
}

function replaceValues(text: string, names: RegExp, read: (match: RegExpExecArray) => NamedPlace): string {
  const search = new RegExp(names);
  let clean = '';
  let copiedTo = 0;
  for (let match = search.exec(text); match; match = search.exec(text)) {
    const { name, valueAt } = read(match);
    const value = isSecretName(name) ? valueAt(text, search.lastIndex) : undefined;
    if (!value || value.start === value.end) continue;
    clean += text.slice(copiedTo, value.start) + mask;
    copiedTo = value.end;
    search.lastIndex = value.end;
  }
  return copiedTo === 0 ? text : clean + text.slice(copiedTo);
}

function afterQuotedName(match: RegExpExecArray): NamedPlace {
  const depth = match[3]?.length ?? 0;
  const valueAt = (text: string, from: number): Span | undefined =>
    quotedValue(text, from, depth) ?? listValue(text, from) ?? bareValue(text, from, scalar);
  return { name: match[2] ?? '', valueAt };
}

function afterPlainName(match: RegExpExecArray): NamedPlace {
  const inSentence = match[2]?.startsWith(':') ?? false;
  const valueAt = (text: string, from: number): Span | undefined => {
    const quoted = quotedValue(text, from);
    if (quoted) return quoted;
    const bare = bareValue(text, from, pairValue);
    // "The token: see below" is a sentence.
    const isWord = bare !== undefined && !tokenLike.test(text.slice(bare.start, bare.end));
    return inSentence && isWord ? undefined : bare;
  };
  return { name: match[1] ?? '', valueAt };
}

// Written as runs between percent signs: one look-ahead per character would use up the stack on a long text.
const pairValue = /[^\s&"'<>\]\\%]*(?:%(?!(?:25)?26)[^\s&"'<>\]\\%]*)*/iy;
const scalar = /[^\s,{}[\]"']+/y;
const noContent = /^(?:null|undefined|true|false)$/;
const tokenLike = /^(?=.*\d)[^/]{8,}$|^[^/]{24,}$/;

function bareValue(text: string, from: number, pattern: RegExp): Span | undefined {
  pattern.lastIndex = from;
  const found = pattern.exec(text);
  return found && !noContent.test(found[0]) ? { start: from, end: pattern.lastIndex } : undefined;
}

function listValue(text: string, from: number): Span | undefined {
  if (text[from] !== '[') return undefined;
  const end = text.indexOf(']', from);
  return { start: from + 1, end: end < 0 ? text.length : end };
}

const openingQuote = /(\\*)(["'])/y;

/** `depth`: how many backslashes belong to a quote here; when it is not known, the value's own quote tells. */
function quotedValue(text: string, from: number, depth?: number): Span | undefined {
  openingQuote.lastIndex = from;
  const [whole, escapes, quote] = openingQuote.exec(text) ?? [];
  if (whole === undefined || escapes === undefined || quote === undefined) return undefined;
  const start = from + whole.length;
  return { start, end: closingQuote(text, start, quote, depth ?? escapes.length) };
}

/** Where the value ends: before the backslashes of the quote that closes it, or with the text when it was cut off. */
function closingQuote(text: string, from: number, quote: string, depth: number): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    let backslashes = 0;
    while (at - backslashes > from && text[at - backslashes - 1] === '\\') backslashes += 1;
    const closes = backslashes < depth || backslashes % (2 * (depth + 1)) === depth;
    if (closes) return at - Math.min(backslashes, depth);
  }
  return text.length;
}
