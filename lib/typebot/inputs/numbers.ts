import type { TypebotInput } from './input';
import { typedText } from './typed-text';

/**
 * The server reads a number up to the first sign it does not know: `10 000` is ten for it. What can be meant in one
 * way only is written plainly.
 */
export function numberToSend(text: string): string {
  const [, digits, rest = ''] = /^\p{Sc}? ?([+-]?\d(?:[\d .,'’]*\d)?)(\D*)$/u.exec(typedText(text)) ?? [];
  const plain = digits === undefined ? undefined : plainNumber(digits);
  if (plain === undefined) return text;
  const times = multiplierIn(rest);
  return times === 1 ? plain : String(Math.round(Number(plain) * times * 1000) / 1000);
}

/** As the server would see the number; nothing when it would see none. */
export function numberIn(text: string): number | undefined {
  const number = Number.parseFloat(text.trim().replace(',', '.'));
  return Number.isNaN(number) ? undefined : number;
}

/** The server holds a limit of 0 for none, so that this one is kept here. */
export function isBeyondZero(text: string, { min, max }: TypebotInput): boolean {
  const number = numberIn(text);
  if (number === undefined) return false;
  return (isZero(min) && number < 0) || (isZero(max) && number > 0);
}

function isZero(limit: string | undefined): boolean {
  return limit !== undefined && numberIn(limit) === 0;
}

const groups = /^[+-]?\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?$/;
/** Two signs, or one of them twice: then one of them only parts the thousands. */
const groupsByComma = /^[+-]?\d{1,3}(?:,\d{3})+\.\d+$|^[+-]?\d{1,3}(?:,\d{3}){2,}$/;
const groupsByDot = /^[+-]?\d{1,3}(?:\.\d{3})+,\d+$|^[+-]?\d{1,3}(?:\.\d{3}){2,}$/;

export function plainNumber(digits: string): string | undefined {
  const ungrouped = groups.test(digits) ? digits.replace(/[ '’]/g, '') : digits;
  if (groupsByComma.test(ungrouped)) return ungrouped.replaceAll(',', '');
  if (groupsByDot.test(ungrouped)) return ungrouped.replaceAll('.', '').replace(',', '.');
  return /^[+-]?\d+(?:[.,]\d+)?$/.test(ungrouped) ? ungrouped.replace(',', '.') : undefined;
}

function multiplierIn(rest: string): number {
  if (/^ ?(?:тыс|тысяч[аи]?|k|к|thousand)(?!\p{L})/iu.test(rest)) return 1_000;
  return /^ ?(?:млн|миллион(?:а|ов)?|million)(?!\p{L})/iu.test(rest) ? 1_000_000 : 1;
}
