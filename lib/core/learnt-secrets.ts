/** Shorter than the shortest secret, so that no secret can be part of it. */
export const mask = '***';

const shortestSecret = 4;
/** Portal tokens change every hour: without a bound a process that runs for months would keep them all. */
const mostSecrets = 2000;
/** Below this, the inside of a base64 text is too short to tell a secret from chance. */
const shortestForBase64Inside = 8;

export interface LearntSecrets {
  learn(secret: string | undefined): void;
  maskIn(text: string): string;
}

/** Knows the exact values that must not be shown, in every spelling that our logs could hold them in. */
export function createLearntSecrets(): LearntSecrets {
  const secrets = new Map<string, readonly string[]>();
  const index = new Map<string, string[]>();

  function learn(secret: string | undefined): void {
    if (typeof secret !== 'string' || secret.length < shortestSecret) return;
    const known = secrets.get(secret);
    if (known) {
      secrets.delete(secret);
      secrets.set(secret, known);
      return;
    }
    const spellings = spellingsOf(secret);
    secrets.set(secret, spellings);
    for (const spelling of spellings) enter(spelling);
    if (secrets.size > mostSecrets) forgetOldest();
  }

  function enter(spelling: string): void {
    const start = spelling.slice(0, shortestSecret);
    const bucket = index.get(start) ?? [];
    bucket.push(spelling);
    // The longest first, so that of two secrets with one beginning nothing is left over.
    index.set(
      start,
      bucket.sort((a, b) => b.length - a.length),
    );
  }

  function forgetOldest(): void {
    const oldest = secrets.entries().next().value;
    if (!oldest) return;
    secrets.delete(oldest[0]);
    for (const spelling of oldest[1]) {
      const start = spelling.slice(0, shortestSecret);
      const bucket = index.get(start) ?? [];
      const place = bucket.indexOf(spelling);
      if (place >= 0) bucket.splice(place, 1);
      if (bucket.length === 0) index.delete(start);
    }
  }

  function maskOnce(text: string): string {
    let clean = '';
    let copiedTo = 0;
    for (let at = 0; at <= text.length - shortestSecret; at += 1) {
      const found = index.get(text.slice(at, at + shortestSecret))?.find((each) => text.startsWith(each, at));
      if (found === undefined) continue;
      clean += text.slice(copiedTo, at) + mask;
      copiedTo = at + found.length;
      at = copiedTo - 1;
    }
    return copiedTo === 0 ? text : clean + text.slice(copiedTo);
  }

  function maskIn(text: string): string {
    if (index.size === 0) return text;
    // Masking can join the text around into another secret. Each turn shortens the text, so this ends.
    for (let before = text; ;) {
      const after = maskOnce(before);
      if (after === before) return after;
      before = after;
    }
  }

  return { learn, maskIn };
}

function spellingsOf(secret: string): string[] {
  const spellings = new Set<string>();
  for (const plain of [secret, secret.trim()]) {
    for (const text of [plain, ...jsonForms(plain)]) {
      spellings.add(text);
      for (const encoded of percentForms(text)) spellings.add(encoded);
    }
    for (const encoded of base64Forms(plain)) {
      spellings.add(encoded);
      spellings.add(encoded.replaceAll('+', '-').replaceAll('/', '_'));
      for (const inUrl of percentForms(encoded)) spellings.add(inUrl);
    }
  }
  return [...spellings].filter((spelling) => spelling.length >= shortestSecret);
}

/** As JSON.stringify writes it, as PHP does, and each once more inside another JSON text. */
function jsonForms(text: string): string[] {
  const escaped = JSON.stringify(text).slice(1, -1);
  const php = escaped
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const once = [escaped, php];
  return [...once, ...once.map((form) => JSON.stringify(form).slice(1, -1))];
}

function percentForms(text: string): string[] {
  // Half a surrogate pair would make encodeURIComponent throw.
  const wellFormed = Buffer.from(text).toString();
  const strict = encodeURIComponent(wellFormed);
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  const php = strict.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const upper = [strict, form, php, encodeURI(wellFormed)];
  const lower = upper.map((encoded) => encoded.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase()));
  return [...upper, ...lower, ...upper.map(encodeURIComponent)];
}

/** Whole, and as it looks inside a longer text such as `user:secret`, where it can begin at any of three places. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  const whole = bytes.toString('base64');
  const forms = [whole, whole.replace(/=+$/, '')];
  if (bytes.length < shortestForBase64Inside) return forms;
  for (const shift of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    const wholeChars = Math.floor((shifted.length * 8) / 6);
    const mixedWithBefore = Math.ceil((shift * 8) / 6);
    forms.push(shifted.toString('base64').slice(mixedWithBefore, wholeChars));
  }
  return forms;
}
