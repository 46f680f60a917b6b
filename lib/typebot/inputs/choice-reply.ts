import type { TypebotInput, InputItem } from './input';
import type { TypebotMessage } from './message';
import { pathWithId, skipId } from './offers';
import { severalAsText } from './several-choices';

/** What the server takes for these choices; nothing when they are none of this question. */
export function choiceMessage(input: TypebotInput, ids: readonly string[]): TypebotMessage | undefined {
  const [id] = ids;
  if (id === undefined) return undefined;
  switch (input.type) {
    case 'choice input':
    case 'picture choice input':
      return itemMessage(input, ids);
    case 'cards':
      return ids.length === 1 ? cardMessage(input.items, id) : undefined;
    case 'rating input':
      return ids.length === 1 && /^-?\d+$/.test(id) ? { type: 'text', text: id } : undefined;
    case 'file input':
      return id === skipId && input.isRequired === false ? null : undefined;
    default:
      return undefined;
  }
}

function itemMessage(input: TypebotInput, ids: readonly string[]): TypebotMessage | undefined {
  const chosen = input.items.filter(({ id }) => ids.includes(id));
  const [item] = chosen;
  if (item === undefined || ids.some((id) => !chosen.some((one) => one.id === id))) return undefined;
  if (input.isMultiple === true) return { type: 'text', text: severalAsText(input.items, chosen) };
  if (ids.length > 1) return undefined;
  return { type: 'text', text: tellingText(item, input.items), metadata: { replyId: item.id } };
}

/**
 * Older servers look at the text alone, and newer ones first at whether it is the text of some item: it must be none
 * other's. A text that is nobody's leaves it to the id.
 */
function tellingText(item: InputItem, items: readonly InputItem[]): string {
  const others = items
    .filter((other) => other !== item)
    .flatMap(({ id, value, label, picture }) => [id, value, label, picture].map((name) => name?.trim()));
  const text = item.label.trim();
  const own = [text, item.id.trim(), item.value?.trim() ?? ''].find(
    (name) => name !== '' && !others.includes(name),
  );
  if (own !== undefined) return own;
  let nobodys = `${text}.`;
  while (others.includes(nobodys)) nobodys += '.';
  return nobodys;
}

/** The text on a button of a card means nothing to the server. */
function cardMessage(items: readonly InputItem[], id: string): TypebotMessage | undefined {
  if (pathWithId(items, id)) return { type: 'text', text: id, metadata: { replyId: id } };
  const card = items.find((item) => item.id === id && item.paths === undefined);
  return card === undefined || card.label.trim() === ''
    ? undefined
    : { type: 'text', text: card.label.trim() };
}
