import { InvalidError } from '../core/errors';
import { isLoopbackHost, parseServiceUrl, type AddressPolicy } from '../core/network-guard';

export interface TypebotAddress {
  /** What comes before `api/`, ending with a slash. */
  readonly base: URL;
  /** The public id; of a draft, the id that the builder's address shows. */
  readonly botId: string;
  /** A draft, which needs a token. */
  readonly isPreview: boolean;
}

export interface PastedAddress {
  /** In any form in which people copy it. */
  readonly startUrl: string;
  /** Where the API is, when the start address does not show it. */
  readonly apiBaseUrl?: string | undefined;
}

const cloudBuilders: readonly string[] = ['app.typebot.io', 'app.typebot.com'];
const botPath = /^(.*?)\/api\/v\d+\/typebots\/([^/]+)(\/preview)?(?:\/.*)?$/;
const apiPath = /^(.*?)\/api(?:\/.*)?$/;
/** Where the builder shows a bot to whoever makes it. */
const builderPage = /^(?:\/[a-z]{2}(?:-[a-z]{2})?)?\/(?:typebots\/.+|dashboard|signin|register)$/i;

export function parseTypebotAddress(
  { startUrl, apiBaseUrl = '' }: PastedAddress,
  policy: AddressPolicy = { origin: 'configured' },
): TypebotAddress {
  const pasted = startUrl.trim();
  if (pasted === '') {
    throw new InvalidError('CONFIG_EMPTY', 'the address of the bot is missing', {
      params: { property: 'startUrl' },
    });
  }
  const ownBase = apiBaseUrl.trim() === '' ? undefined : parseBase(apiBaseUrl.trim(), policy);
  if (ownBase && isBareId(pasted)) return { base: ownBase, botId: pasted, isPreview: false };
  const url = parseServiceUrl(withScheme(pasted), { ...policy, property: 'startUrl' });
  const { prefix, ...bot } = readPath(url);
  return { ...bot, base: ownBase ?? baseOf(url, prefix) };
}

/** The host with which people confuse the one that talks to visitors. */
export function isCloudBuilder({ hostname }: URL): boolean {
  return cloudBuilders.includes(hostname);
}

function readPath(url: URL): { prefix: string; botId: string; isPreview: boolean } {
  const path = pathOf(url);
  const [, prefix = '', id, preview] = botPath.exec(path) ?? [];
  // Drafts may be tried at the builder's address as well.
  if (id !== undefined && preview !== undefined) return { prefix, botId: plainId(id), isPreview: true };
  if (isCloudBuilder(url) || builderPage.test(path)) throw notThatAddress(builder);
  if (id !== undefined) return { prefix, botId: plainId(id), isPreview: false };
  if (path === '' || apiPath.test(path)) throw notThatAddress('no bot');
  const cut = path.lastIndexOf('/');
  return { prefix: path.slice(0, cut), botId: plainId(path.slice(cut + 1)), isPreview: false };
}

function parseBase(pasted: string, policy: AddressPolicy): URL {
  const url = parseServiceUrl(withScheme(pasted), { ...policy, property: 'apiBaseUrl' });
  const path = pathOf(url);
  return baseOf(url, apiPath.exec(path)?.[1] ?? path);
}

function pathOf({ pathname }: URL): string {
  return pathname.replace(/\/{2,}/g, '/').replace(/\/$/, '');
}

function baseOf({ origin }: URL, prefix: string): URL {
  return new URL(`${prefix}/`, origin);
}

/** Without a dot, a slash or a colon it is no address. */
function isBareId(text: string): boolean {
  return /^[\p{L}\p{N}_-]+$/u.test(text) && text !== 'localhost';
}

function plainId(segment: string): string {
  try {
    const id = decodeURIComponent(segment);
    if (id.length <= 200 && /^[^\p{Cc}/]+$/u.test(id)) return id;
  } catch {
    // Said below.
  }
  throw notThatAddress('no bot');
}

function withScheme(text: string): string {
  // `localhost:3000` would be read as a scheme with a path.
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  const secure = `https://${text}`;
  const isLocal = URL.canParse(secure) && isLoopbackHost(new URL(secure).hostname);
  return isLocal ? `http://${text}` : secure;
}

const builder = 'the builder';

/** Whether the address could not be read because it is one of those that people confuse with the right one. */
export function leadsToBuilder(error: unknown): boolean {
  return error instanceof InvalidError && error.params['leadsTo'] === builder;
}

function notThatAddress(leadsTo: string): InvalidError {
  return new InvalidError('CONFIG_INVALID', `the address leads to ${leadsTo}, not to a published bot`, {
    params: { property: 'startUrl', expected: 'https://typebot.co/my-bot', why: 'publishedBot', leadsTo },
  });
}
