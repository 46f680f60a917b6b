const id3v2Head = 10;
const apeHead = 32;

/** How long the tag is that begins here, or undefined where none does. */
export function tagLength(bytes: Buffer, at: number): number | undefined {
  const first = bytes[at];
  if (first === letters.I) return id3v2Length(bytes, at);
  if (first === letters.T) return id3v1Length(bytes, at);
  return first === letters.A ? apeLength(bytes, at) : undefined;
}

const letters = { A: 0x41, I: 0x49, T: 0x54 };

function id3v2Length(bytes: Buffer, at: number): number | undefined {
  if (!isWord(bytes, at, 'ID3') || bytes.length < at + id3v2Head || bytes[at + 3] === 0xff) return undefined;
  const flags = bytes[at + 5] ?? 0;
  let size = 0;
  for (let place = at + 6; place < at + id3v2Head; place += 1) {
    const seven = bytes[place] ?? 0x80;
    if (seven > 0x7f) return undefined;
    size = size * 128 + seven;
  }
  const hasFoot = (flags & 0x10) !== 0;
  return id3v2Head + size + (hasFoot ? id3v2Head : 0);
}

function id3v1Length(bytes: Buffer, at: number): number | undefined {
  if (isWord(bytes, at, 'TAG+')) return 227;
  return isWord(bytes, at, 'TAG') ? 128 : undefined;
}

/** Its size does not count the head; a foot without a head is all that is left of the tag. */
function apeLength(bytes: Buffer, at: number): number | undefined {
  if (!isWord(bytes, at, 'APETAGEX') || bytes.length < at + 24) return undefined;
  const isHead = (bytes.readUInt32LE(at + 20) & 0x20000000) !== 0;
  return isHead ? apeHead + bytes.readUInt32LE(at + 12) : apeHead;
}

function isWord(bytes: Buffer, at: number, word: string): boolean {
  return bytes.toString('latin1', at, at + word.length) === word;
}
