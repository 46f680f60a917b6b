import type { RichElement, RichNode } from './blocks';
import { fillText, type Lookup } from './variables';

/** A paragraph of nothing but a variable that has no value leaves no line behind. */
export function fillRichText(nodes: readonly RichNode[], lookup: Lookup): RichNode[] {
  return nodes.flatMap((node): RichNode[] => {
    if (!isElement(node)) return [{ ...node, text: fillText(node.text, lookup) }];
    const children = fillRichText(node.children, lookup);
    if (isLoneVariable(node) && textIn(children) === '') return [];
    return [{ ...node, children, ...(node.url === undefined ? {} : { url: fillText(node.url, lookup) }) }];
  });
}

function isLoneVariable({ type, children }: RichElement): boolean {
  const [only] = children;
  if (type !== 'p' || children.length !== 1 || only === undefined || isElement(only)) return false;
  return /^\{\{[^{}]+\}\}$/.test(only.text);
}

export function isElement(node: RichNode): node is RichElement {
  return 'children' in node;
}

export function textIn(nodes: readonly RichNode[]): string {
  return nodes.map((node) => (isElement(node) ? textIn(node.children) : node.text)).join('');
}
