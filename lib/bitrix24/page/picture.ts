export interface Picture {
  readonly mediaType: 'image/png' | 'image/jpeg' | 'image/gif';
  readonly width: number;
  readonly height: number;
}

export type PictureFault = 'picture-type' | 'picture-heavy' | 'picture-large';

/** The portal takes pictures of at most so many pixels a side. */
export const mostPixels = 5000;
/** Of the file itself. The page makes pictures smaller before it sends them. */
export const mostPictureBytes = 512 * 1024;
const mostBase64 = Math.ceil(mostPictureBytes / 3) * 4;

/** What is wrong with a picture that somebody wants to give to a bot. */
export function pictureFault(base64: string): PictureFault | undefined {
  if (base64.length > mostBase64) return 'picture-heavy';
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return 'picture-type';
  const picture = readPicture(Buffer.from(base64, 'base64'));
  if (!picture || picture.width === 0 || picture.height === 0) return 'picture-type';
  return picture.width > mostPixels || picture.height > mostPixels ? 'picture-large' : undefined;
}

/** For an `img` of the page; undefined for what a browser might take for something else than a picture. */
export function pictureAddress(avatar: string): string | undefined {
  const base64 = avatar.replace(/^data:[^,]{0,100},/, '').replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const picture = readPicture(Buffer.from(base64, 'base64'));
  return picture && `data:${picture.mediaType};base64,${base64}`;
}

/** By its own first bytes: what the sender calls it counts for nothing. */
export function readPicture(bytes: Buffer): Picture | undefined {
  return readPng(bytes) ?? readGif(bytes) ?? readJpeg(bytes);
}

const pngStart = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

function readPng(bytes: Buffer): Picture | undefined {
  if (bytes.length < 24 || !bytes.subarray(0, pngStart.length).equals(pngStart)) return undefined;
  return { mediaType: 'image/png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

function readGif(bytes: Buffer): Picture | undefined {
  if (bytes.length < 10 || !/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))) return undefined;
  return { mediaType: 'image/gif', width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
}

/** From marker to marker, until the one that tells the size. */
function readJpeg(bytes: Buffer): Picture | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  let place = 2;
  while (place + 9 <= bytes.length && bytes[place] === 0xff) {
    const marker = bytes[place + 1] ?? 0;
    if (marker === 0xff) {
      place += 1;
      continue;
    }
    if (isFrameStart(marker)) {
      const [height, width] = [bytes.readUInt16BE(place + 5), bytes.readUInt16BE(place + 7)];
      return { mediaType: 'image/jpeg', width, height };
    }
    place += 2 + bytes.readUInt16BE(place + 2);
  }
  return undefined;
}

/** SOF0 to SOF15, without the tables that have a number in between. */
function isFrameStart(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
