import { pick } from '../../core/random';
import { hostileText } from '../../bitrix24/text/hostile-text';

/** A tree as no editor would make it, with what its leaves say in order. */
export interface RandomTree {
  richText: unknown[];
  texts: string[];
}

const types: readonly [string, ...string[]] = [
  ...(['p', 'p', 'p', 'a', 'a', 'ul', 'ol', 'li', 'li', 'lic', 'variable', 'inline-variable'] as const),
  ...['h1', 'h3', 'blockquote', 'code_block', 'code_line', 'table', 'tr', 'td', 'th', 'callout', ''],
];
const urls: readonly [string, ...string[]] = [
  'https://example.com/a?b=1&c[]=2',
  'javascript:alert(1)',
  'mailto:a@b.co',
  'example.com/x',
  ' https://example.com/] [user=all]',
  '',
];
const marks = ['bold', 'italic', 'underline', 'strikethrough', 'code'];

export function randomTree(random: () => number): RandomTree {
  const texts: string[] = [];
  const budget = 1 + Math.floor(random() * 40);
  let made = 0;

  const leaf = (): unknown => {
    const isBlank = random() < 0.25;
    // A number in each text, so that none can be taken for another.
    const text = isBlank
      ? pick(random, ['', ' ', '\n', ' \n '])
      : `${hostileText(random, 4)}‹${texts.length}›${hostileText(random, 2)}`;
    if (!isBlank) texts.push(text);
    const chosen = marks.filter(() => random() < 0.25);
    return { text, ...Object.fromEntries(chosen.map((mark) => [mark, true])) };
  };
  const node = (depth: number): unknown => {
    made += 1;
    if (depth > 7 || made > budget || random() < 0.4) return leaf();
    const type = pick(random, types);
    const children = Array.from({ length: Math.floor(random() * 5) }, () => node(depth + 1));
    return { type, children, ...(type === 'a' && { url: pick(random, urls) }) };
  };
  return { richText: Array.from({ length: 1 + Math.floor(random() * 5) }, () => node(0)), texts };
}
