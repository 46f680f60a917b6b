import type { RichElement, RichLeaf, RichNode } from './blocks';
import { isElement, textIn } from './rich-text';

/** As the server writes it: nothing is escaped, and each paragraph is a line. */
export function toMarkdown(nodes: readonly RichNode[]): string {
  return nodes.reduce<{ written: string; before: RichNode | undefined }>(
    ({ written, before }, node) => ({
      written: before === undefined ? block(node) : `${written}${between(before, node)}${block(node)}`,
      before: node,
    }),
    { written: '', before: undefined },
  ).written;
}

function between(before: RichNode, after: RichNode): string {
  return isParagraph(before) || isParagraph(after) ? '\n' : '\n\n';
}

function isParagraph(node: RichNode): boolean {
  return !isElement(node) || node.type === 'p';
}

function block(node: RichNode): string {
  if (!isElement(node)) return leaf(node);
  if (node.type === 'ul' || node.type === 'ol') return listLines(node, '').join('\n');
  if (/^h[1-6]$/.test(node.type)) return `${'#'.repeat(Number(node.type[1]))} ${inline(node.children)}`;
  if (node.type === 'blockquote') return `> ${inline(node.children)}`;
  if (node.type === 'code_block') return `\`\`\`\n${textIn(node.children)}\n\`\`\``;
  return inline([node]);
}

function listLines(list: RichElement, indent: string): string[] {
  return list.children.flatMap((item, index) => {
    if (!isElement(item)) return [];
    const mark = list.type === 'ol' ? `${index + 1}.` : '*';
    const inner = item.children.filter(isElement);
    const words = inner.filter((node) => !isList(node)).map((node) => inline(node.children));
    return [
      `${indent}${mark} ${words.join(' ')}`,
      ...inner.filter(isList).flatMap((node) => listLines(node, `${indent}  `)),
    ];
  });
}

function isList({ type }: RichElement): boolean {
  return type === 'ul' || type === 'ol';
}

function inline(nodes: readonly RichNode[]): string {
  return nodes
    .map((node) => {
      if (!isElement(node)) return leaf(node);
      const words = inline(node.children);
      if (node.type !== 'a') return words;
      return words === '' ? (node.url ?? '') : `[${words}](${node.url ?? ''})`;
    })
    .join('');
}

function leaf({ text, bold, italic, underline, strikethrough, code }: RichLeaf): string {
  if (text === '') return '';
  const marks: [boolean | undefined, string, string][] = [
    [code, '`', '`'],
    [underline, '<u>', '</u>'],
    [strikethrough, '~~', '~~'],
    [italic, '_', '_'],
    [bold, '**', '**'],
  ];
  return marks.reduce((words, [isOn, open, close]) => (isOn ? `${open}${words}${close}` : words), text);
}
