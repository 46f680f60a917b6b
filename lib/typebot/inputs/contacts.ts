import { withoutInvisible } from '../../core/characters';
import { typedText } from './typed-text';

const usualDigits = { fewest: 11, most: 15 };

/**
 * The server needs `+` and the code of the country, unless the bot has a country of its own. What is added here is
 * what nobody could have meant otherwise.
 */
export function phoneToSend(text: string, defaultCountryCode: string | undefined): string {
  const typed = typedText(text);
  const runs = typed.match(/\+?\d[\d ().-]*\d/g) ?? [];
  const [run = ''] = runs;
  if (runs.length !== 1 || run.startsWith('+')) return text;
  const digits = run.replace(/\D/g, '');
  return withCountry(digits, defaultCountryCode?.trim().toUpperCase()) ?? text;
}

function withCountry(digits: string, country: string | undefined): string | undefined {
  const isRussian = country === 'RU';
  if (country !== undefined && !isRussian) return undefined;
  // No country's code begins with 89, and in Russia one dials 8 in the place of +7.
  if (/^89\d{9}$/.test(digits) || (isRussian && /^8\d{10}$/.test(digits))) return `+7${digits.slice(1)}`;
  if (isRussian) return /^7\d{10}$/.test(digits) ? `+${digits}` : undefined;
  if (/^00[1-9]\d{9,13}$/.test(digits)) return `+${digits.slice(2)}`;
  const isWhole = digits.length >= usualDigits.fewest && digits.length <= usualDigits.most;
  // A number that begins with 0 lacks its country; eleven digits after an 8 may be Russian or of another country.
  return isWhole && !digits.startsWith('0') && !/^8\d{10}$/.test(digits) ? `+${digits}` : undefined;
}

const address = /[^\s<>()[\]\\.,;:@"«»]+(?:\.[^\s<>()[\]\\.,;:@"«»]+)*@(?:[a-z0-9-]+\.)+[a-z]{2,}/gi;

/** Nobody needs that much to tell an address, and looking for it takes time. */
const longest = 500;

/** The server takes an address and nothing around it. */
export function emailToSend(text: string): string {
  const typed = typedText(text);
  const [only, second] = typed.length > longest ? [] : (typed.match(address) ?? []);
  return only === undefined || second !== undefined ? typed : only;
}

/** An address is taken out of a sentence around it; one that stands alone may lack its `https`. */
export function urlToSend(text: string): string {
  const typed = withoutInvisible(text).trim();
  const [only, second] = /\s/.test(typed) ? webAddressesIn(typed) : [];
  return only === undefined || second !== undefined ? typed : only;
}

/** Whole addresses in a text, without the signs that end the sentence they stand in. */
export function webAddressesIn(text: string): string[] {
  const found = text
    .split(/[\s,;]+(?=https?:\/\/)/i)
    .flatMap((one) => one.match(/https?:\/\/[^\s<>"«»]+/gi) ?? []);
  return found.map((one) => one.replace(/[.,;:!?]+$/, '')).filter((one) => URL.canParse(one));
}
