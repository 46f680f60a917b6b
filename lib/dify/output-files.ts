import { at, entriesAt, textAt } from '../core/fields';
import type { FilePart } from '../core/parts';

/** A file that an app made. Its address is signed and lasts for minutes only. */
export interface DifyFile {
  name: string;
  type: string;
  mime?: string;
  size?: number;
  /** As Dify gave it: a server without FILES_URL gives only a path. */
  url: string;
}

export function readFile(entry: unknown): DifyFile | undefined {
  const url = textAt(entry, 'url') ?? textAt(entry, 'remote_url');
  if (url === undefined) return undefined;
  const mime = textAt(entry, 'mime_type');
  const size = at(entry, 'size');
  return {
    name: textAt(entry, 'filename') ?? textAt(entry, 'name') ?? nameInUrl(url),
    type: textAt(entry, 'type') ?? 'custom',
    ...(mime === undefined ? {} : { mime }),
    ...(typeof size === 'number' && size > 0 ? { size } : {}),
    url,
  };
}

export function readFiles(list: unknown): DifyFile[] {
  return entriesAt(list).flatMap((entry) => readFile(entry) ?? []);
}

/** As an Output node writes a file into its outputs. */
export function isFileOutput(value: unknown): boolean {
  return at(value, 'dify_model_identity') === '__dify__file__';
}

/** Deeper than any output of a flow. */
const deepest = 20;

/** The files in an output, also inside lists and objects. */
export function filesInside(value: unknown, depth = 0): DifyFile[] {
  if (typeof value !== 'object' || value === null || depth > deepest) return [];
  if (isFileOutput(value)) return [readFile(value)].flatMap((file) => file ?? []);
  return Object.values(value).flatMap((inner) => filesInside(inner, depth + 1));
}

/** None when the address is one that nobody could fetch. */
export function filePartOf(file: DifyFile, origin: string): FilePart | undefined {
  const inline = inlineBytes(file.url);
  const common = {
    type: 'file' as const,
    name: file.name,
    ...(file.mime === undefined ? {} : { mime: file.mime }),
  };
  if (inline) return { ...common, mime: file.mime ?? inline.mime, data: inline.bytes };
  const url = absoluteUrl(file.url, origin);
  return url === undefined ? undefined : { ...common, url };
}

/** Files of one address are one file, though it was signed twice. */
export function withoutRepeats(files: readonly DifyFile[], origin: string): DifyFile[] {
  const seen = new Map<string, DifyFile>();
  for (const file of files) {
    const key = (absoluteUrl(file.url, origin) ?? file.url).replace(/[?#].*$/s, '');
    const known = seen.get(key);
    if (known) learn(known, file);
    else seen.set(key, file);
  }
  return [...seen.values()];
}

/** What is told of a file first may be its address alone. The object stays: a text knows its place by it. */
function learn(known: DifyFile, file: DifyFile): void {
  const isNamedByAddress = known.name === nameInUrl(known.url);
  if (isNamedByAddress && file.name !== nameInUrl(file.url)) known.name = file.name;
  if (known.type === 'custom') known.type = file.type;
  if (known.mime === undefined && file.mime !== undefined) known.mime = file.mime;
  if (known.size === undefined && file.size !== undefined) known.size = file.size;
}

/** `origin` is that of the API: relative addresses begin there, without its /v1. */
export function absoluteUrl(url: string, origin: string): string | undefined {
  if (!URL.canParse(url, origin)) return undefined;
  const { protocol, href } = new URL(url, origin);
  return protocol === 'https:' || protocol === 'http:' ? href : undefined;
}

export function nameInUrl(url: string): string {
  const path = url.startsWith('data:') ? '' : url.replace(/[?#].*$/s, '');
  const last = path.slice(path.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(last) || 'file';
  } catch {
    return last || 'file';
  }
}

function inlineBytes(url: string): { mime: string; bytes: Buffer } | undefined {
  const [, mime, base64] = /^data:([\w.+-]+\/[\w.+-]+);base64,([A-Za-z0-9+/=\s]+)$/.exec(url) ?? [];
  return mime === undefined || base64 === undefined
    ? undefined
    : { mime, bytes: Buffer.from(base64, 'base64') };
}
