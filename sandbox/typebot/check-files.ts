import { extname } from 'node:path';
import { isAddress } from './check-contacts';
import { fail, success, type Check } from './verdict';

/** Addresses, joined by a comma and a space. Whatever stands after the extension spoils it. */
export const checkFiles: Check = (text, { block: { options } }) => {
  const addresses = text.split(', ');
  if (!addresses.some((address) => isAddress(address, { protocol: 'required', localhost: true })))
    return fail;
  const allowed = allowedTypes(options.allowedFileTypes);
  if (allowed && !addresses.every((address) => isAllowed(address, allowed))) return fail;
  return success(options.isMultipleAllowed === true ? text : (text.split(',')[0] ?? ''));
};

function isAllowed(address: string, allowed: readonly FileType[]): boolean {
  const extension = address.split('.').at(-1)?.toLowerCase();
  return allowed.some((type) => type.extension === extension);
}

export interface FileType {
  mime: string;
  extension: string;
}

/** `image/jpeg` is `jpeg` alone; only `image/*` takes `.jpg` too. */
const fileTypes: readonly FileType[] = Object.entries({
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/svg+xml': 'svg',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'audio/webm': 'webm',
  'video/mp4': 'mp4',
  'application/pdf': 'pdf',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/zip': 'zip',
  'application/json': 'json',
}).map(([mime, extension]) => ({ mime, extension }));

/** Undefined: any. A type is a media type, a family of them, or an extension. */
export function allowedTypes(
  limit: { isEnabled: boolean; types: readonly string[] } | undefined,
): readonly FileType[] | undefined {
  if (!limit || !limit.isEnabled || limit.types.length === 0) return undefined;
  const named = limit.types.map((type) => type.trim().toLowerCase());
  return fileTypes.filter(
    ({ mime, extension }) =>
      named.includes(mime) ||
      named.includes(`${mime.split('/')[0]}/*`) ||
      named.some((type) => !type.includes('/') && sameExtension(type.replace(/^\./, ''), extension)),
  );
}

function sameExtension(one: string, other: string): boolean {
  const jpeg = ['jpg', 'jpe', 'jpeg'];
  return one === other || (jpeg.includes(one) && jpeg.includes(other));
}

export function extensionFor(mime: string): string {
  return fileTypes.find((type) => type.mime === mime)?.extension ?? 'bin';
}

export function mediaTypeFor(path: string): string {
  const extension = extname(path).slice(1);
  return fileTypes.find((type) => type.extension === extension)?.mime ?? 'application/octet-stream';
}
