import { isIP } from 'node:net';
import { fail, success, successIf, type Check } from './verdict';

export const checkEmail: Check = (text) =>
  successIf(/^[^\s@<>()[\],;:"]+@(?:[a-z\d-]+\.)+[a-z]{2,}$/i.test(text), text.toLowerCase());

export const checkUrl: Check = (text) => successIf(isAddress(text, { protocol: 'optional' }), text);

/** A name without a dot is no address, except `localhost` for a file. */
export function isAddress(
  text: string,
  { protocol, localhost = false }: { protocol: 'optional' | 'required'; localhost?: boolean },
): boolean {
  if (text === '' || /\s/.test(text)) return false;
  const hasProtocol = /^https?:\/\//i.test(text);
  if (!hasProtocol && (protocol === 'required' || text.includes('://'))) return false;
  const url = parsed(hasProtocol ? text : `http://${text}`);
  if (!url) return false;
  if (isIP(url.hostname) !== 0) return true;
  return (localhost && url.hostname === 'localhost') || /\.(?:[a-z]{2,}|xn--[a-z\d-]+)$/i.test(url.hostname);
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Calling code, what stands before a number at home, and which numbers there are. */
const countries: Readonly<Record<string, { code: string; trunk: string; national: RegExp }>> = {
  RU: { code: '7', trunk: '8', national: /^[3489]\d{9}$/ },
  KZ: { code: '7', trunk: '8', national: /^[67]\d{9}$/ },
  BY: { code: '375', trunk: '80', national: /^\d{9}$/ },
  UA: { code: '380', trunk: '0', national: /^\d{9}$/ },
  US: { code: '1', trunk: '1', national: /^[2-9]\d{2}[2-9]\d{6}$/ },
  GB: { code: '44', trunk: '0', national: /^[1-9]\d{8,9}$/ },
  DE: { code: '49', trunk: '0', national: /^[1-9]\d{5,10}$/ },
  FR: { code: '33', trunk: '0', national: /^[1-9]\d{8}$/ },
};

/** The first number in the text; without a plus sign only where a country is set. */
export const checkPhone: Check = (text, { block }) => {
  const international = /\+\d[\d\s().-]{5,24}/.exec(text)?.[0];
  if (international !== undefined) return byCode(digitsIn(international));
  const country = countries[block.options.defaultCountryCode ?? ''];
  const atHome = /\d[\d\s().-]{4,24}/.exec(text)?.[0];
  if (!country || atHome === undefined) return fail;
  const { code, trunk, national } = country;
  const digits = digitsIn(atHome);
  const forms = [
    digits,
    ...[trunk, code].filter((lead) => digits.startsWith(lead)).map((lead) => digits.slice(lead.length)),
  ];
  const number = forms.find((form) => national.test(form));
  return number === undefined ? fail : success(`+${code}${number}`);
};

function byCode(digits: string): ReturnType<Check> {
  const known = Object.values(countries).filter(({ code }) => digits.startsWith(code));
  const isGood =
    known.length === 0
      ? /^[1-9]\d{7,14}$/.test(digits)
      : known.some(({ code, national }) => national.test(digits.slice(code.length)));
  return successIf(isGood, `+${digits}`);
}

function digitsIn(text: string): string {
  return text.replace(/\D/g, '');
}
