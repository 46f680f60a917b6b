import { at, textAt } from '../../core/fields';
import { pictureLabel, readLink } from './links';
import { childrenOf, leafText, typeOf } from './node';
import type { Tag } from './runs';
import { inNewLine, type LeafMarks, type ListItem, type Place } from './sheet';

/** A thing to do, in the order of the text. */
export type Step =
  | { readonly node: unknown; readonly place: Place }
  | { readonly text: string; readonly place: Place }
  | { readonly separates: Place };

type Reader = (node: unknown, place: Place) => Step[];

const bold: Tag = { open: '[b]', close: '[/b]' };
const tagsOfMarks: readonly (readonly [string, Tag])[] = [
  ['bold', bold],
  ['italic', { open: '[i]', close: '[/i]' }],
  ['underline', { open: '[u]', close: '[/u]' }],
  ['strikethrough', { open: '[s]', close: '[/s]' }],
];

export function leafMarks(leaf: unknown): LeafMarks {
  const tags = tagsOfMarks.flatMap(([name, tag]) => (at(leaf, name) === true ? [tag] : []));
  return { tags, isCode: at(leaf, 'code') === true };
}

const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];
/** Types that take lines of their own wherever they stand. */
const standingApart = ['ul', 'ol', 'li', 'blockquote', 'code_block', 'table', 'tr', 'hr'];
const lineTypes: ReadonlySet<string> = new Set([
  ...standingApart,
  ...headings,
  ...['p', 'lic', 'code_line', 'td', 'th'],
]);

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['p', line],
  ['lic', line],
  ['inline-variable', line],
  ...headings.map((type) => [type, heading] as const),
  ['a', (node, place) => link(textAt(node, 'url'), childrenOf(node) ?? [], place)],
  ['img', picture],
  ['ul', (node, place) => list(node, place, false)],
  ['ol', (node, place) => list(node, place, true)],
  ['blockquote', quote],
  ['code_block', codeBlock],
  ['hr', (_node, place) => [{ text: '─'.repeat(10), place: inNewLine(place) }]],
  ['tr', row],
]);

export function elementSteps(node: unknown, place: Place): Step[] {
  if (place.isVerbatim) return childSteps(node, place);
  const type = typeOf(node);
  const reader = place.isOneLine && standingApart.includes(type) ? undefined : readers.get(type);
  return reader === undefined ? passage(node, place) : reader(node, place);
}

/** An element of whatever type: a line when it holds text, else a frame around lines. */
function passage(node: unknown, place: Place): Step[] {
  return (childrenOf(node) ?? []).some(isInline) ? line(node, place) : childSteps(node, place);
}

function isInline(node: unknown): boolean {
  return leafText(node) !== undefined || ['a', 'inline-variable'].includes(typeOf(node));
}

/** A line, or within a line a part of it. */
function line(node: unknown, place: Place): Step[] {
  if (place.isInLine) return childSteps(node, place);
  const inside = inNewLine(place);
  const steps = childSteps(node, inside);
  return steps.length === 0 ? [{ text: '', place: inside }] : steps;
}

/** Lines within a line stay apart, except where the parent's own text leads to the first of them. */
function childSteps(node: unknown, place: Place): Step[] {
  const steps: Step[] = [];
  let isAfterLine = false;
  for (const child of childrenOf(node) ?? []) {
    const isLine = lineTypes.has(typeOf(child));
    if (isLine && isAfterLine && place.isInLine && !beginsLine(child, place))
      steps.push({ separates: place });
    steps.push({ node: child, place });
    isAfterLine ||= isLine;
  }
  return steps;
}

function beginsLine(child: unknown, { isVerbatim, isOneLine }: Place): boolean {
  return !isVerbatim && !isOneLine && standingApart.includes(typeOf(child));
}

function heading(node: unknown, place: Place): Step[] {
  return line(node, withTag(place, bold));
}

function withTag(place: Place, tag: Tag): Place {
  return place.tags.includes(tag) ? place : { ...place, tags: [...place.tags, tag] };
}

function link(url: string | undefined, label: readonly unknown[], outside: Place): Step[] {
  const place = outside.isInLine ? outside : inNewLine(outside);
  const { children, tag, addition } = place.isInLink ? { children: label } : readLink(url ?? '', label);
  const inside = { ...(tag === undefined ? place : withTag(place, tag)), isInLink: true, isOneLine: true };
  const steps = childSteps({ children }, inside);
  return addition === undefined ? steps : [...steps, { text: addition, place }];
}

function picture(node: unknown, place: Place): Step[] {
  return place.isInLink ? childSteps(node, place) : link(textAt(node, 'url'), pictureLabel(node), place);
}

function list(node: unknown, place: Place, isNumbered: boolean): Step[] {
  const inside: Place = { ...place, isInLine: false, lists: place.lists + 1 };
  let number = 0;
  return (childrenOf(node) ?? []).flatMap((child): Step[] => {
    // Some editors put a list right into a list: it belongs to the item before.
    if (['ul', 'ol'].includes(typeOf(child))) return [{ node: child, place: inside }];
    if (leafText(child)?.trim() === '') return [];
    number += 1;
    const item: ListItem = { number: isNumbered ? number : undefined, isMarked: false };
    return [{ node: child, place: { ...inside, item } }];
  });
}

/** A quote begins at the start of its line, so within a list it is not indented. */
function quote(node: unknown, place: Place): Step[] {
  const inside: Place = { ...place, isInLine: false, quotes: place.quotes + 1 };
  const isItemsStart = place.item?.isMarked === false;
  return passage(node, isItemsStart ? inside : { ...inside, item: undefined, lists: 0 });
}

function codeBlock(node: unknown, place: Place): Step[] {
  return childSteps(node, { ...inNewLine(place), isVerbatim: true });
}

function row(node: unknown, outside: Place): Step[] {
  const place: Place = { ...inNewLine(outside), isOneLine: true };
  return (childrenOf(node) ?? []).flatMap((cell, index): Step[] => {
    const step = { node: cell, place: typeOf(cell) === 'th' ? withTag(place, bold) : place };
    return index === 0 ? [step] : [{ text: ' | ', place }, step];
  });
}
