import type { Item } from './blocks';
import { fail, type Asked, type Check, type Verdict } from './verdict';

export const checkChoice: Check = (text, asked) =>
  asked.block.options.isMultipleChoice === true ? several(text, asked.items) : single(text, asked);

function labelOf({ content, title, pictureSrc }: Item): string {
  return content ?? (title || pictureSrc || '');
}

/** Letter by letter; neither a number nor another case will do. */
function single(text: string, { items, replyId }: Asked): Verdict {
  const said = text.trim();
  const item = [...items]
    .sort((a, b) => labelOf(b).length - labelOf(a).length)
    .find(
      (one) =>
        (replyId !== undefined && replyId !== '' && one.id === replyId) ||
        one.id === text ||
        [one.value, labelOf(one)].some(
          (words) => words !== undefined && words !== '' && words.trim() === said,
        ),
    );
  if (!item) return fail;
  const content = item.value || labelOf(item);
  return content === '' ? fail : { status: 'success', content, to: item.to };
}

/** By id, value, label and number, in this order; what has been found is no longer looked at. */
function several(text: string, items: readonly Item[]): Verdict {
  const longestFirst = [...items].sort((a, b) => labelOf(b).length - labelOf(a).length);
  const chosen = new Set<string>();
  let left = text;
  const take = (item: Item, words: string | undefined): void => {
    if (words === undefined || chosen.has(item.id) || !hasPhrase(left, words)) return;
    left = left.replace(words, '').trim();
    chosen.add(item.id);
  };
  for (const item of longestFirst) take(item, item.id);
  for (const item of longestFirst) take(item, item.value);
  for (const item of longestFirst) take(item, labelOf(item));
  items.forEach((item, index) => take(item, String(index + 1)));
  if (chosen.size === 0) return fail;
  const contents = items.filter(({ id }) => chosen.has(id)).map((item) => item.value ?? labelOf(item).trim());
  return { status: 'success', content: contents.join(', ') };
}

/** In any case, but not as a part of a word. */
function hasPhrase(text: string, phrase: string): boolean {
  const words = phrase.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return false;
  const inner = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('\\s+');
  return new RegExp(`(?<![\\p{L}\\p{N}\\p{M}])${inner}(?![\\p{L}\\p{N}\\p{M}])`, 'iu').test(text);
}

/** The text of a button does not count; a card's title stands for its first button. */
export const checkCards: Check = (text, { block, items, replyId }) => {
  const ids = replyId === undefined || replyId === '' ? [text] : [text, replyId];
  const said = text.trim().toLowerCase();
  const longestFirst = [...items].sort((a, b) => (b.title?.length ?? 0) - (a.title?.length ?? 0));
  const pathIn = (item: Item): NonNullable<Item['paths']>[number] | undefined =>
    item.paths?.find(({ id }) => id !== undefined && ids.includes(id));
  const card = longestFirst.find((item) => pathIn(item) ?? item.title?.trim().toLowerCase() === said);
  const content = card && (card.title || card.imageUrl);
  if (!card || !content) return fail;
  const path = pathIn(card) ?? card.paths?.[0];
  const fields: Readonly<Record<string, string | undefined>> = {
    'Image URL': card.imageUrl,
    Title: card.title,
    Description: card.description,
    Button: path?.text,
    'Internal Value': card.internalValue,
  };
  const variables: Record<string, string> = {};
  for (const [field, variable] of Object.entries(block.saveFields ?? {})) {
    const value = fields[field];
    if (value !== undefined) variables[variable] = value;
  }
  return { status: 'success', content, to: path?.to, variables };
};
