import assert from 'node:assert/strict';

/** Reads a message as the portal does, by patterns of its own: what would act, and whether all marks are closed. */

const acts =
  /\[(?:user|chat|context|icon|disk|timestamp|attach|rating|pch|dialog)\s*=|\[(?:call|send|put|img)(?![\p{L}\p{N}])/iu;
const format = /\[(\/?)(b|i|u|s|size|color|url|code)(=[^\][\n]*)?\]/giu;
const harmlessAddress = /^(?:https?:\/\/[^\s[\]<>"]+|mailto:[^\s[\]<>"]+|tel:[^\s[\]<>"]+)$/i;

export interface Reading {
  marks: string[];
  links: string[];
}

export function assertHarmless(bb: string): Reading {
  for (const text of [bb, bb.normalize('NFKC'), withoutFormat(bb)]) {
    assert.doesNotMatch(text, acts, JSON.stringify(text));
  }
  return readBalanced(bb);
}

export function readBalanced(bb: string): Reading {
  const open: string[] = [];
  const reading: Reading = { marks: [], links: [] };
  let codeUntil = 0;
  for (const match of bb.matchAll(format)) {
    if (match.index < codeUntil) continue;
    const name = (match[2] ?? '').toLowerCase();
    if (name === 'code') {
      const end = bb.toLowerCase().indexOf('[/code]', match.index);
      assert.ok(match[1] === '' && end > 0, `code that is not closed: ${JSON.stringify(bb)}`);
      codeUntil = end + '[/code]'.length;
      reading.marks.push(name);
    } else if (match[1] === '') {
      open.push(name);
      reading.marks.push(name);
      const address = match[3]?.slice(1);
      if (name === 'url' && address !== undefined) reading.links.push(address);
    } else {
      assert.equal(open.pop(), name, `crossed or closed twice: ${JSON.stringify(bb)}`);
    }
  }
  assert.deepEqual(open, [], `not closed: ${JSON.stringify(bb)}`);
  for (const link of reading.links) assert.match(link, harmlessAddress);
  return reading;
}

export function withoutFormat(bb: string): string {
  return bb.replace(format, '');
}

/** The words alone: what must arrive whatever happens to tags and blanks. Code says what it says. */
export function words(bb: string): string {
  return bb
    .split(/\[code\](.*?)\[\/code\]/isu)
    .map((text, index) => (index % 2 === 0 ? withoutFormat(text) : text))
    .join('')
    .replace(/[\s\u200B]/g, '');
}
