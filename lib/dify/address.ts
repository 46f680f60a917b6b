import { InvalidError } from '../core/errors';
import { isLoopbackHost, parseServiceUrl, type AddressPolicy } from '../core/network-guard';

/** What people copy along with the address, out of the documentation or a curl command. */
const endpoints =
  /\/(?:chat-messages|completion-messages|workflows\/run|files\/upload|parameters|info|meta|site|messages|conversations|audio-to-text)(?:\/.*)?$/;
/** Pages of the console and of published web apps. The API of the same server has another address. */
const pages =
  /^\/(?:app|apps|chat|chatbot|agent|completion|workflow|explore|signin|datasets|tools|plugins|account|console|install|init)(?:\/|$)/;

/** The base of the Service API, ending with a slash, out of any form that people paste. */
export function parseDifyAddress(pasted: string, policy: AddressPolicy = { origin: 'configured' }): URL {
  const text = pasted.trim();
  if (text === '') throw new InvalidError('CONFIG_EMPTY', 'the address of Dify is missing', named());
  const url = parseServiceUrl(withScheme(text), { ...policy, property: 'baseUrl' });
  const path = url.pathname.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  if (!/\/v\d+(?:\/|$)/.test(path) && (pages.test(path) || isPageHost(url.hostname))) throw pageInstead(url);
  const prefix = path.replace(endpoints, '').replace(/\/$/, '');
  return new URL(`${prefix === '' ? '/v1' : prefix}/`, url.origin);
}

/** A key as it was copied, perhaps with the word that stands before it in a header. */
export function cleanApiKey(pasted: string): string {
  const key = pasted
    .trim()
    .replace(/^(?:authorization:\s*)?bearer\s+/i, '')
    .trim();
  const params = { property: 'apiKey' };
  if (key === '') throw new InvalidError('CONFIG_EMPTY', 'the API key of Dify is missing', { params });
  if (/^dataset-/.test(key) || !/^[\x21-\x7e]{1,512}$/.test(key)) {
    throw new InvalidError('CONFIG_INVALID', 'this is not the API key of a Dify app', {
      params: { ...params, expected: 'app-…', why: 'difyKey' },
    });
  }
  return key;
}

function withScheme(text: string): string {
  // `localhost:5001` would be read as a scheme with a path.
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  const secure = `https://${text}`;
  const isLocal = URL.canParse(secure) && isLoopbackHost(new URL(secure).hostname);
  return isLocal ? `http://${text}` : secure;
}

function isPageHost(host: string): boolean {
  return host === 'cloud.dify.ai' || host === 'udify.app' || host === 'dify.ai' || host === 'www.dify.ai';
}

function pageInstead(url: URL): InvalidError {
  const expected = isPageHost(url.hostname) ? 'https://api.dify.ai/v1' : `${url.origin}/v1`;
  return new InvalidError('CONFIG_INVALID', 'this is the address of a page, not that of the API of Dify', {
    params: { ...named().params, expected, why: 'difyApi' },
  });
}

function named(): { params: { property: string } } {
  return { params: { property: 'baseUrl' } };
}
