import type { TypebotInput } from './input';
import { typedText } from './typed-text';

export interface RatingScale {
  from: number;
  to: number;
}

/** The server's own scale, where the bot says nothing. */
export function scaleOf({ startsAt = 0, length = 10 }: TypebotInput): RatingScale {
  // A length of 0 is none to the server.
  return { from: startsAt, to: length === 0 ? 10 : length };
}

const number = String.raw`(?<number>[+-]?\d+(?:[.,]\d+)?)`;
const unit = String.raw`(?:stars?|points?|зв[её]зд(?:а|ы|очка|очки|очек)?|балл(?:а|ов)?|[⭐★🌟])`;
const alone = new RegExp(`^${number} ?${unit}?$`, 'iu');
const outOf = new RegExp(String.raw`^${number} ?(?:/|из|of|out of) ?(?<most>\d+) ?${unit}?$`, 'iu');

/** `5 stars`, `4,5`, `5 из 5` and `⭐⭐⭐` as the number that they are; other texts as they are. */
export function ratingToSend(text: string, scale: RatingScale): string {
  const typed = typedText(text).replace(/[.!]+$/, '');
  if (/^(?:[⭐★🌟] ?)+$/u.test(typed)) return String(typed.replaceAll(' ', '').match(/./gu)?.length ?? 0);
  const { number: digits, most } = (alone.exec(typed) ?? outOf.exec(typed))?.groups ?? {};
  if (digits === undefined || (most !== undefined && Number(most) !== scale.to)) return text;
  return String(Number(digits.replace(',', '.')));
}

/** The server looks at the upper end of the scale only. */
export function isBelowScale(text: string, { from }: RatingScale): boolean {
  return Number(text) < from;
}
