import { oneLine, withoutInvisible } from '../../core/characters';
import type { FilePart } from '../../core/parts';

export type MediaKind = 'image' | 'video' | 'audio' | 'document';

/** What names of files end in, with their media types. The first of each kind stands in where an address tells none. */
const endings: Readonly<Record<MediaKind, Readonly<Record<string, string>>>> = {
  image: {
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    png: 'image/png',
    gif: 'image/gif',
    webp: 'image/webp',
    bmp: 'image/bmp',
    avif: 'image/avif',
    heic: 'image/heic',
    tif: 'image/tiff',
    tiff: 'image/tiff',
  },
  video: {
    mp4: 'video/mp4',
    m4v: 'video/mp4',
    mov: 'video/quicktime',
    webm: 'video/webm',
    ogv: 'video/ogg',
    avi: 'video/x-msvideo',
    mkv: 'video/x-matroska',
    mpg: 'video/mpeg',
    mpeg: 'video/mpeg',
    '3gp': 'video/3gpp',
  },
  audio: {
    mp3: 'audio/mpeg',
    m4a: 'audio/mp4',
    ogg: 'audio/ogg',
    oga: 'audio/ogg',
    opus: 'audio/ogg',
    wav: 'audio/wav',
    aac: 'audio/aac',
    flac: 'audio/flac',
    amr: 'audio/amr',
    weba: 'audio/webm',
  },
  document: {
    pdf: 'application/pdf',
    doc: 'application/msword',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    xls: 'application/vnd.ms-excel',
    xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ppt: 'application/vnd.ms-powerpoint',
    pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    odt: 'application/vnd.oasis.opendocument.text',
    ods: 'application/vnd.oasis.opendocument.spreadsheet',
    odp: 'application/vnd.oasis.opendocument.presentation',
    rtf: 'application/rtf',
    txt: 'text/plain',
    csv: 'text/csv',
  },
};

/** An address that somebody else can open. */
export function webAddress(url: string | undefined): URL | undefined {
  if (url === undefined || !URL.canParse(url.trim())) return undefined;
  const address = new URL(url.trim());
  return address.protocol === 'https:' || address.protocol === 'http:' ? address : undefined;
}

export function mediaFile(address: URL, kind: MediaKind): FilePart {
  const name = nameIn(address);
  const mime = typeByEnding(name, kind);
  const url = address.href;
  if (mime !== undefined) return { type: 'file', name, mime, url };
  // A portal shows a picture as one only by how its name ends, and Typebot's own storage gives names without an end.
  return { type: 'file', name: `${stemOf(name) || kind}.${Object.keys(endings[kind])[0]}`, url };
}

export function endsAs(address: URL, kind: MediaKind): boolean {
  return typeByEnding(nameIn(address), kind) !== undefined;
}

/** Drawings are not shown in a chat, and would be taken for documents. */
export function isDrawing({ pathname }: URL): boolean {
  return /\.svgz?$/i.test(pathname);
}

function typeByEnding(name: string, kind: MediaKind): string | undefined {
  const ending = /[^.]\.([a-z\d]{1,5})$/i.exec(name)?.[1]?.toLowerCase();
  return ending !== undefined && Object.hasOwn(endings[kind], ending) ? endings[kind][ending] : undefined;
}

/** Without the end of a page that makes the file: `image.php`. */
function stemOf(name: string): string {
  return name.replace(/\.(?:php\d?|aspx?|ashx|jsp|cgi|html?)$/i, '');
}

const longestName = 120;

function nameIn({ pathname }: URL): string {
  const last = pathname.slice(pathname.lastIndexOf('/') + 1);
  const name = oneLine(withoutInvisible(decoded(last)))
    .replace(/[/\\]/g, ' ')
    .replace(/^[.\s]+/, '')
    .trim();
  return name
    .slice(-longestName)
    .replace(/^[\uDC00-\uDFFF]/, '')
    .trim();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
