import { basename } from 'node:path';

/** Control characters, and those that turn the text around or cannot be seen. */
const unseen = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** What a builder or a person called it; no folders, no control characters, nothing that turns the text around. */
export function safeName(name: string): string {
  const clean = lastPart(name)
    .replace(/[<>:"|?*]/g, '')
    .replace(/^\.+/, '')
    .trim();
  const [, stem = '', extension = ''] = /^(.*?)(\.[^.]{1,16})?$/.exec(clean) ?? [];
  return stem === '' ? `file${extension}` : stem.slice(0, 120) + extension;
}

/** The name that a server gave a file, as far as it is one. */
export function receivedName(name: string): string | undefined {
  const clean = lastPart(name).trim();
  return clean === '' || clean === '.' || clean === '..' ? undefined : clean.slice(0, 255);
}

/** As v1 events write it: in lower case and without the dot. */
export function extensionOf(name: string): string | undefined {
  return /\.([^.\s]{1,16})$/.exec(name)?.[1]?.toLowerCase();
}

function lastPart(name: string): string {
  return basename(name.normalize('NFC').replaceAll('\\', '/')).replace(unseen, '');
}
