import { oneLine } from '../../core/characters';
import type { Part } from '../../core/parts';
import { hintTextsIn } from './hint-texts';
import { hintsFor } from './hints';
import { inputContext, type InputItem, type TypebotInput } from './input';
import { offersOf, titleOf } from './offers';
import { pictureFile } from './pictures';

/** What is shown of a question behind its bubbles, in the person's language as far as the bridge speaks it. */
export function inputParts(input: TypebotInput, language: string): Part[] {
  return [
    ...plainText(hintsFor(input, language).join('\n')),
    ...itemParts(input),
    ...choicesPart(input, language),
  ];
}

function plainText(text: string): Part[] {
  return text === '' ? [] : [{ type: 'text', text, format: 'plain' }];
}

function choicesPart(input: TypebotInput, language: string): Part[] {
  const items = offersOf(input, language);
  if (items.length === 0) return [];
  const isMultiple = input.isMultiple === true && input.type !== 'file input' && items.length > 1;
  return [
    {
      type: 'choices',
      items,
      ...(isMultiple && { multiple: true, prompt: hintTextsIn(language).severalChoices }),
      context: inputContext(input.id),
    },
  ];
}

/** More would push the question out of sight. */
const mostPictures = 5;

function itemParts({ type, items }: TypebotInput): Part[] {
  if (type !== 'picture choice input' && type !== 'cards') return [];
  if (items.length > mostPictures) return plainText(items.flatMap(listLine).join('\n'));
  return items.flatMap((item) => [...pictureParts(item), ...plainText(itemText(item))]);
}

function pictureParts({ picture }: InputItem): Part[] {
  const file = pictureFile(picture);
  return file === undefined ? [] : [file];
}

function itemText(item: InputItem): string {
  return [titleOf(item), item.description].filter((text) => text !== undefined).join('\n');
}

/** The titles stand in the list of choices already; a picture without one is worth looking at. */
function listLine(item: InputItem): string[] {
  const title = titleOf(item);
  const { description, picture } = item;
  if (title === undefined)
    return [
      [description, picture]
        .filter((text) => text !== undefined)
        .map(oneLine)
        .join(' '),
    ];
  return description === undefined ? [] : [`${title} – ${oneLine(description)}`];
}
