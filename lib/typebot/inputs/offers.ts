import { oneLine } from '../../core/characters';
import type { Choice } from '../../core/parts';
import { hintTextsIn } from './hint-texts';
import type { CardPath, InputItem, TypebotInput } from './input';
import { scaleOf } from './rating';

/** What can be chosen, as it is shown. The ids are what goes back to the bot. */
export function offersOf(input: TypebotInput, language: string): Choice[] {
  const { skip, untitled } = hintTextsIn(language);
  switch (input.type) {
    case 'choice input':
      return input.items
        .filter(({ label }) => label.trim() !== '')
        .map((item) => itemOffer(item, item.label));
    case 'picture choice input':
      return input.items.map((item, index) => itemOffer(item, titleOf(item) ?? untitled(index + 1)));
    case 'cards':
      return cardOffers(input.items, untitled);
    case 'rating input':
      return ratingOffers(input);
    case 'file input':
      return input.isRequired === false ? [{ id: skipId, label: oneLine(input.skip ?? '') || skip }] : [];
    default:
      return [];
  }
}

/** The choice that sends no file. */
export const skipId = 'skip';

export function titleOf({ label }: InputItem): string | undefined {
  const title = oneLine(label);
  return title === '' ? undefined : title;
}

function itemOffer({ id, value }: InputItem, label: string): Choice {
  return { id, label: oneLine(label), ...(value !== undefined && { value }) };
}

/** `Buy` on every card would say nothing without the card. */
function cardOffers(items: readonly InputItem[], untitled: (number: number) => string): Choice[] {
  const texts = items.flatMap(({ paths = [] }) => paths.map(({ label }) => oneLine(label).toLowerCase()));
  const isClear = new Set(texts).size === texts.length;
  return items.flatMap((item, index) => {
    const title = titleOf(item);
    if (item.paths === undefined) return title === undefined ? [] : [{ id: item.id, label: title }];
    const card = title ?? untitled(index + 1);
    return item.paths.map(({ id, label }) => ({ id, label: pathLabel(oneLine(label), card, isClear) }));
  });
}

function pathLabel(text: string, card: string, isClear: boolean): string {
  if (text === '') return card;
  return isClear ? text : `${card}: ${text}`;
}

/** More buttons no chat shows, and no scale has. */
const mostMarks = 100;

function ratingOffers(input: TypebotInput): Choice[] {
  const { from, to } = scaleOf(input);
  const count = to - from + 1;
  if (!(count > 0 && count <= mostMarks)) return [];
  return Array.from({ length: count }, (_unused, index) => {
    const mark = String(from + index);
    return { id: mark, label: mark };
  });
}

/** The button of a card, with the card it is on. */
export function pathWithId(items: readonly InputItem[], id: string): CardPath | undefined {
  return items.flatMap(({ paths = [] }) => paths).find((path) => path.id === id);
}
