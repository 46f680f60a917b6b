import { mask } from './learnt-secrets';
import { maskNamedValues } from './named-values';

/**
 * Takes out of a text what looks like a secret by the place it stands in. Every expression runs in linear time:
 * each starts at a fixed character or at the start of a word, and its parts cannot match one text in two ways.
 */
export function maskByPattern(text: string): string {
  return maskIamTokens(maskAuthSchemes(maskNamedValues(maskWebhooks(maskUserInfo(maskPrivateKeys(text))))));
}

const privateKey = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/gs;

function maskPrivateKeys(text: string): string {
  return text.replace(privateKey, mask);
}

/** `https://user:password@host`; the slashes may be escaped, as PHP writes them in JSON. */
function maskUserInfo(text: string): string {
  return text.replace(/(:(?:\\?\/){2})[^\s/?#"'<>\\[\]]*@/g, `$1${mask}@`);
}

const webhook =
  /((?:\/|%2F)rest(?:\\*\/|%2F)(?:api(?:\\*\/|%2F))?\d{1,20}(?:\\*\/|%2F))(?=[^\s/\\?#&"'<>[\]])[^\s/\\?#&"'<>[\]%]*(?:%(?!2F)[^\s/\\?#&"'<>[\]%]*)*/gi;

/** `/rest/{user id}/{secret}/{method}`, also percent-encoded or with escaped slashes. */
function maskWebhooks(text: string): string {
  return text.replace(webhook, `$1${mask}`);
}

/** Tokens of Yandex Cloud: a body and a signature, base64url, also percent-encoded. */
const iamToken = /t1\.[\w-]{32,}(?:=|%3[Dd]){0,2}(?:\.[\w-]+(?:=|%3[Dd]){0,2})?/g;

function maskIamTokens(text: string): string {
  return text.replace(iamToken, mask);
}

const authHeader =
  /(?<![\w-])(authorization\s*:\s*(?:Basic|Bearer|Api-Key|Digest|Negotiate|OAuth|Token)[^\S\r\n]+)[^\s"',]+/gi;
const bearer = /(?<![\w-])(Bearer|Api-Key)([^\S\r\n]+)([\w.~+/=:-]+)/gi;

function maskAuthSchemes(text: string): string {
  return text
    .replace(authHeader, `$1${mask}`)
    .replace(bearer, (whole, scheme: string, gap: string, value: string) =>
      isProseAfter(scheme, value) ? whole : scheme + gap + mask,
    );
}

const wordsAfterScheme = new Set(
  (
    'a an and are as at auth authentication authorization bonds by can cannot could credential credentials for ' +
    'format from had has have header headers in instead is it may must not of on or realm required scheme schemes ' +
    'shall shares should that the this to token tokens type value values was were which will with without'
  ).split(' '),
);

/** People write "a Bearer token was sent" and "the bearer of this letter". */
function isProseAfter(scheme: string, value: string): boolean {
  const word = value.replace(/[^A-Za-z]+$/, '').toLowerCase();
  if (wordsAfterScheme.has(word)) return true;
  const writtenAsHeader = /^[A-Z]/.test(scheme);
  return !writtenAsHeader && value.length < 20 && !/\d/.test(value);
}
