import { fail, success, successIf, type Check } from './verdict';

/** A limit of 0 does not hold, and a 0 in front keeps the text as it is. */
export const checkNumber: Check = (text, { block: { options } }) => {
  const value = leadingNumber(text);
  if (value === undefined) return fail;
  const [min, max] = [limitOf(options.min), limitOf(options.max)];
  if ((min && value < min) || (max && value > max)) return fail;
  return success(text.startsWith('0') ? text : String(value));
};

function limitOf(limit: number | string | undefined): number | undefined {
  return typeof limit === 'string' ? leadingNumber(limit) : limit;
}

/** `12 apples` is 12, and so is `12,0`. */
function leadingNumber(text: string): number | undefined {
  const value = Number.parseFloat(text.replace(',', '.'));
  return Number.isNaN(value) ? undefined : value;
}

/** Only upwards: -5 passes, and an empty text is 0. */
export const checkRating: Check = (text, { block }) =>
  successIf(Number(text) <= (block.options.length || 10), text);
