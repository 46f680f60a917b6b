import { cleanCharacters, zeroWidthSpace } from '../characters';
import { breakTags } from './break-tags';

/** Text that must be read as it is written, whatever it holds. */
export function plainToBb(text: string): string {
  return breakTags(cleanCharacters(text))
    .replace(/^>>/gm, `>${zeroWidthSpace}>`)
    .replace(/^-(?=-{40,}[ \t]*$)/gm, `-${zeroWidthSpace}`);
}
