import { decodeEntities } from './entities';

export interface HtmlTag {
  name: string;
  isClosing: boolean;
  raw: string;
}

export function readHtmlTag(raw: string): HtmlTag | undefined {
  const match = /^<(\/?)([a-z][a-z\d]*)(?=[\s/>])/i.exec(raw);
  if (match === null) return undefined;
  return { name: (match[2] ?? '').toLowerCase(), isClosing: match[1] === '/', raw };
}

const attributes = {
  href: /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i,
  src: /\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i,
  alt: /\salt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i,
};

export function htmlAttribute({ raw }: HtmlTag, name: keyof typeof attributes): string {
  const match = attributes[name].exec(raw);
  return decodeEntities(match?.[1] ?? match?.[2] ?? match?.[3] ?? '');
}

/** HTML that means the same as a BB code. */
export const markOfHtml: ReadonlyMap<string, 'b' | 'i' | 'u' | 's'> = new Map([
  ['b', 'b'],
  ['strong', 'b'],
  ['i', 'i'],
  ['em', 'i'],
  ['u', 'u'],
  ['ins', 'u'],
  ['s', 's'],
  ['del', 's'],
  ['strike', 's'],
]);

export const codeHtml: ReadonlySet<string> = new Set(['code', 'pre', 'kbd', 'samp', 'tt']);

/** What the tags of a block of HTML leave behind: they arrange text, which a chat does with lines. */
export function layoutOfHtml({ name, isClosing }: HtmlTag): string | undefined {
  if (name === 'li') return isClosing ? '' : '\n• ';
  if (name === 'td' || name === 'th') return isClosing ? ' ' : '';
  if (/^h[1-6]$/.test(name)) return isClosing ? '[/b]\n' : '\n[b]';
  return layout.has(name) ? '\n' : undefined;
}

const layout = new Set(['p', 'div', 'section', 'article', 'ul', 'ol', 'table', 'thead', 'tbody', 'tr']);
