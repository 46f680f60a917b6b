interface Magic {
  readonly at: number;
  readonly word: string;
  readonly name: string;
}

/** What is known by its first bytes and not taken, under the names people know it by. */
const magics: readonly Magic[] = [
  { at: 0, word: 'fLaC', name: 'FLAC' },
  { at: 4, word: 'ftyp3g', name: '3GP' },
  { at: 4, word: 'ftypM4A', name: 'M4A' },
  { at: 4, word: 'ftyp', name: 'MP4' },
  { at: 0, word: '#!AMR', name: 'AMR' },
  { at: 0, word: '#!SILK', name: 'SILK' },
  { at: 1, word: '#!SILK', name: 'SILK' },
  { at: 0, word: '\x30\x26\xb2\x75\x8e\x66\xcf\x11', name: 'WMA' },
  { at: 0, word: '\x1a\x45\xdf\xa3', name: 'WebM' },
  { at: 0, word: 'ADIF', name: 'AAC' },
  { at: 0, word: 'RF64', name: 'RF64' },
  { at: 0, word: 'RIFX', name: 'RIFX' },
  { at: 8, word: 'AVI ', name: 'AVI' },
  { at: 0, word: 'FORM', name: 'AIFF' },
  { at: 0, word: '.snd', name: 'AU' },
  { at: 0, word: 'caff', name: 'CAF' },
  { at: 0, word: 'wvPk', name: 'WavPack' },
  { at: 0, word: 'MAC ', name: "Monkey's Audio" },
  { at: 0, word: 'PK\x03\x04', name: 'ZIP' },
  { at: 0, word: '\x1f\x8b\x08', name: 'GZIP' },
  { at: 0, word: '%PDF-', name: 'PDF' },
];

export function nameByMagic(head: Buffer): string | undefined {
  const start = head.toString('latin1', 0, 16);
  return magics.find(({ at, word }) => start.startsWith(word, at))?.name;
}

/** Relatives of MP3, known by one head that points to the next. */
export function nameByFrames(head: Buffer): string | undefined {
  const next = adtsLength(head, 0);
  if (next !== undefined && adtsLength(head, next) !== undefined) return 'AAC';
  const layer2 = layer2Length(head);
  if (layer2 !== undefined && areSame(head, layer2, 0xfe)) return 'MP2';
  return isFreeFormat(head) ? 'MP3 (free format)' : undefined;
}

function adtsLength(head: Buffer, at: number): number | undefined {
  if (head[at] !== 0xff || ((head[at + 1] ?? 0) & 0xf6) !== 0xf0 || at + 6 > head.length) return undefined;
  const length = (((head[at + 3] ?? 0) & 3) << 11) | ((head[at + 4] ?? 0) << 3) | ((head[at + 5] ?? 0) >> 5);
  return length < 7 ? undefined : at + length;
}

const layer2Kilobits1 = [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384];
const layer2Kilobits2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const layer2Rates1 = [44_100, 48_000, 32_000];

function layer2Length(head: Buffer): number | undefined {
  const [first, second = 0, third = 0] = head;
  if (first !== 0xff || (second & 0xf6) !== 0xf4) return undefined;
  const isFirstVersion = (second & 8) !== 0;
  const kilobits = (isFirstVersion ? layer2Kilobits1 : layer2Kilobits2)[third >> 4] ?? 0;
  const rate = (layer2Rates1[(third >> 2) & 3] ?? 0) / (isFirstVersion ? 1 : 2);
  if (kilobits === 0 || rate === 0) return undefined;
  return Math.floor((144_000 * kilobits) / rate) + ((third >> 1) & 1);
}

/** No bitrate is named, and the same head comes again at one distance. */
function isFreeFormat(head: Buffer): boolean {
  const [first, second = 0, third = 0] = head;
  if (first !== 0xff || (second & 0xe6) !== 0xe2 || third >> 4 !== 0 || (third & 0x0c) === 0x0c) return false;
  for (let distance = 24; distance < 4096; distance += 1) {
    const isOnce = areSame(head, distance, 0xfc);
    if (isOnce && [-1, 0, 1].some((shift) => areSame(head, distance * 2 + shift, 0xfc))) return true;
  }
  return false;
}

/** The second byte whole, the third one in these of its bits. */
function areSame(head: Buffer, at: number, thirdBits: number): boolean {
  if (at + 3 > head.length || head[at] !== 0xff || head[at + 1] !== head[1]) return false;
  const [, , third = 0] = head;
  // The padding may differ, and so may the bitrate of a variable one.
  return (third & thirdBits & 0x0c) === ((head[at + 2] ?? 0) & thirdBits & 0x0c);
}
