/** The beginnings of what is no recording that can be uploaded. */
const padded = (start: Buffer): Buffer => Buffer.concat([start, Buffer.alloc(4000, 0x91)]);
const word = (text: string): Buffer => padded(Buffer.from(text, 'latin1'));

export const otherFormats: Readonly<Record<string, Buffer>> = {
  FLAC: word('fLaC\0\0\0\x22'),
  M4A: word('\0\0\0\x20ftypM4A \0\0\0\0'),
  MP4: word('\0\0\0\x18ftypisom\0\0\x02\0'),
  '3GP': word('\0\0\0\x18ftyp3gp4\0\0\0\0'),
  AMR: word('#!AMR\n'),
  WMA: padded(Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex')),
  WebM: padded(Buffer.from('1a45dfa39f4286810142f78101', 'hex')),
  AIFF: word('FORM\0\0\x10\0AIFF'),
  AU: word('.snd\0\0\0\x18'),
  RF64: word('RF64\xff\xff\xff\xffWAVEds64'),
  RIFX: word('RIFX\0\0\x10\0WAVEfmt '),
  AVI: word('RIFF\0\0\x10\0AVI LIST'),
  ZIP: word('PK\x03\x04'),
  GZIP: word('\x1f\x8b\x08\0'),
  AAC: adts(20),
};

/** Frames of AAC, each with a head of its own. */
export function adts(frames: number, bytes = 200): Buffer {
  const frame = Buffer.alloc(bytes);
  frame.set([0xff, 0xf1, 0x6c, 0x80 | (bytes >> 11), (bytes >> 3) & 0xff, ((bytes & 7) << 5) | 0x1f, 0xfc]);
  return Buffer.concat(Array.from({ length: frames }, () => frame));
}

export const pages: Readonly<Record<string, Buffer>> = {
  HTML: Buffer.from('\ufeff\r\n<!DOCTYPE html><html><body>Вход в Битрикс24</body></html>'),
  XML: Buffer.from('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
  JSON: Buffer.from('{"error":"expired_token","error_description":"The access token provided has expired."}'),
  TXT: Buffer.from('Запись ещё не готова'),
};

/** Bytes that look like nothing, always the same. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
