import { isMap } from '../shared/params';

const mask = '***';
/** CLIENT_ID among them: a bot that a webhook has made is whoever knows it. */
const secretKey =
  /^(auth|(user_|bot_)?access_token|refresh_token|auth_id|refresh_id|bottoken|client_id|client_secret|application_token|token)$/i;
const secretPair =
  /((?:^|[?&[])(?:auth|(?:user_|bot_)?access_token|refresh_token|bottoken|client_id|client_secret|application_token|token)\]?=)[^&]*/gi;
/** Links to recordings are too many to remember each of them. */
const recordingLink = /disk(?:\||%7C)\d[\w.-]*/gi;
const contentKey = /^(content|filecontent)$/i;
// A shorter one is hidden by its parameter's name only: replacing it everywhere would spoil ordinary words.
const shortestHidden = 4;

export interface Masking {
  /** From now on this text is never shown in a record. */
  hide: (secret: string | undefined) => void;
  /** Under an open name stands no secret, though it is one elsewhere. */
  clean: (value: unknown, openNames?: readonly string[]) => unknown;
}

/** Secrets are hidden both by the name of their parameter and wherever their text turns up. */
export function createMasking(): Masking {
  const secrets = new Set<string>();

  function cleanText(text: string): string {
    let cleaned = text.replace(secretPair, `$1${mask}`).replace(recordingLink, mask);
    for (const secret of secrets) cleaned = cleaned.replaceAll(secret, mask);
    return cleaned;
  }

  function clean(value: unknown, openNames: readonly string[] = []): unknown {
    if (typeof value === 'string') return cleanText(value);
    if (Array.isArray(value)) return value.map((one) => clean(one, openNames));
    if (!isMap(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [cleanText(key), cleanUnder(key, inner, openNames)]),
    );
  }

  function cleanUnder(key: string, inner: unknown, openNames: readonly string[]): unknown {
    if (secretKey.test(key) && !openNames.includes(key)) return mask;
    if (contentKey.test(key) && typeof inner === 'string') return `base64, ${inner.length} characters`;
    return clean(inner, openNames);
  }

  return {
    hide(secret) {
      if (secret !== undefined && secret.length >= shortestHidden) secrets.add(secret);
    },
    clean,
  };
}
