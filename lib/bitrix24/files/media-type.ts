import { extensionOf } from './file-name';

/** What servers say of a file that they know nothing of. */
const untelling = /^(?:application|binary)\/(?:octet-stream|x-download|force-download|download|unknown)$/;

export function isTelling(mime: string | undefined): mime is string {
  return mime !== undefined && !untelling.test(mime);
}

const byExtension: ReadonlyMap<string, string> = new Map(
  Object.entries({
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    png: 'image/png',
    gif: 'image/gif',
    webp: 'image/webp',
    bmp: 'image/bmp',
    heic: 'image/heic',
    tiff: 'image/tiff',
    svg: 'image/svg+xml',
    mp3: 'audio/mpeg',
    ogg: 'audio/ogg',
    oga: 'audio/ogg',
    opus: 'audio/ogg',
    wav: 'audio/wav',
    m4a: 'audio/mp4',
    aac: 'audio/aac',
    flac: 'audio/flac',
    amr: 'audio/amr',
    mp4: 'video/mp4',
    mov: 'video/quicktime',
    webm: 'video/webm',
    avi: 'video/x-msvideo',
    '3gp': 'video/3gpp',
    pdf: 'application/pdf',
    doc: 'application/msword',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    xls: 'application/vnd.ms-excel',
    xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ppt: 'application/vnd.ms-powerpoint',
    pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    odt: 'application/vnd.oasis.opendocument.text',
    ods: 'application/vnd.oasis.opendocument.spreadsheet',
    rtf: 'application/rtf',
    txt: 'text/plain',
    csv: 'text/csv',
    html: 'text/html',
    xml: 'application/xml',
    json: 'application/json',
    zip: 'application/zip',
    rar: 'application/vnd.rar',
    '7z': 'application/x-7z-compressed',
    gz: 'application/gzip',
  }),
);

/** By what a file begins with: `?` stands for any byte. */
const byStart: readonly (readonly [start: string, mime: string])[] = [
  ['\xff\xd8\xff', 'image/jpeg'],
  ['\x89PNG\r\n', 'image/png'],
  ['GIF8', 'image/gif'],
  ['RIFF????WEBP', 'image/webp'],
  ['RIFF????WAVE', 'audio/wav'],
  ['RIFF????AVI ', 'video/x-msvideo'],
  ['OggS', 'audio/ogg'],
  ['fLaC', 'audio/flac'],
  ['#!AMR', 'audio/amr'],
  ['ID3', 'audio/mpeg'],
  ['\xff\xfb', 'audio/mpeg'],
  ['\xff\xf3', 'audio/mpeg'],
  ['\xff\xf2', 'audio/mpeg'],
  ['\xff\xf1', 'audio/aac'],
  ['\xff\xf9', 'audio/aac'],
  ['????ftypM4A', 'audio/mp4'],
  ['????ftyphei', 'image/heic'],
  ['????ftypmif1', 'image/heic'],
  ['????ftypqt', 'video/quicktime'],
  ['????ftyp3g', 'video/3gpp'],
  ['????ftyp', 'video/mp4'],
  ['\x1aE\xdf\xa3', 'video/webm'],
  ['%PDF-', 'application/pdf'],
  ['{\\rtf', 'application/rtf'],
  ['Rar!\x1a\x07', 'application/vnd.rar'],
  ['7z\xbc\xaf', 'application/x-7z-compressed'],
  ['\x1f\x8b', 'application/gzip'],
  ['PK\x03\x04', 'application/zip'],
];

/** The media type of a file: what its server says, else what its first bytes say, else what its name says. */
export function mediaTypeOf(mime: string | undefined, name: string, start: Buffer): string {
  if (isTelling(mime)) return mime;
  const ofName = byExtension.get(extensionOf(name) ?? '');
  const ofStart = typeOfStart(start);
  // Documents of the office kind are archives inside.
  const isArchive = ofStart === undefined || ofStart === 'application/zip';
  return (isArchive ? ofName : undefined) ?? ofStart ?? 'application/octet-stream';
}

/** The usual ending of a file that begins so; nothing when its bytes say nothing. */
export function extensionOfBytes(start: Buffer): string | undefined {
  const mime = typeOfStart(start);
  return [...byExtension].find(([, type]) => type === mime)?.[0];
}

function typeOfStart(start: Buffer): string | undefined {
  const text = start.toString('latin1', 0, 16);
  const isAt = (sign: string): boolean =>
    text.length >= sign.length && [...sign].every((one, place) => one === '?' || one === text[place]);
  return byStart.find(([sign]) => isAt(sign))?.[1];
}
