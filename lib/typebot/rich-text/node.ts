import { at, textAt } from '../../core/fields';

/** What an element holds; nothing when the node is none. */
export function childrenOf(node: unknown): readonly unknown[] | undefined {
  const children = at(node, 'children');
  return Array.isArray(children) ? children : undefined;
}

/** What a leaf says; nothing when the node is an element. */
export function leafText(node: unknown): string | undefined {
  if (typeof node === 'string') return node;
  if (childrenOf(node) !== undefined) return undefined;
  const text = at(node, 'text');
  return text === '' ? '' : textAt(node, 'text');
}

export function typeOf(node: unknown): string {
  return textAt(node, 'type') ?? '';
}

/** All that is written below a node, without a call for each level: a tree may be deeper than the stack. */
export function textWithin(children: readonly unknown[]): string {
  const waiting = children.toReversed();
  const texts: string[] = [];
  while (waiting.length > 0) {
    const node = waiting.pop();
    const text = leafText(node);
    if (text !== undefined) texts.push(text);
    else for (const child of (childrenOf(node) ?? []).toReversed()) waiting.push(child);
  }
  return texts.join('');
}
