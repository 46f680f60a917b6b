import { receivedName } from './file-name';

/** The name in a Content-Disposition header: the extended form (RFC 5987) before the plain one. */
export function dispositionName(header: string | undefined): string | undefined {
  const given = parametersOf(header ?? '');
  const extended = decodeExtended(given.get('filename*') ?? '');
  const name = extended ?? asUtf8(given.get('filename') ?? '');
  return receivedName(name);
}

/** `attachment; filename="a \"quoted\" name.txt"; filename*=utf-8''n%C3%A4me` */
function parametersOf(header: string): Map<string, string> {
  const found = new Map<string, string>();
  const parameter = /;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g;
  for (const [, name = '', quoted, bare = ''] of header.matchAll(parameter)) {
    const key = name.toLowerCase();
    if (!found.has(key)) found.set(key, quoted?.replace(/\\(.)/g, '$1') ?? bare.trim());
  }
  return found;
}

function decodeExtended(value: string): string | undefined {
  const [, charset = '', encoded = ''] = /^([\w-]+)'[^']*'(.*)$/.exec(value) ?? [];
  if (!/^(?:[^%]|%[0-9a-f]{2})+$/i.test(encoded)) return undefined;
  const bytes = Buffer.from(
    encoded.replace(/%([0-9a-f]{2})/gi, (_match, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  );
  if (/^iso-8859-1$/i.test(charset)) return bytes.toString('latin1');
  return /^utf-?8$/i.test(charset) ? decodeUtf8(bytes) : undefined;
}

/** Node reads headers as Latin-1, and many servers write UTF-8 into them as it is. */
function asUtf8(text: string): string {
  return decodeUtf8(Buffer.from(text, 'latin1')) ?? text;
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
