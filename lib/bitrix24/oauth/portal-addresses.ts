import { InvalidError } from '../../core/errors';
import { isLoopbackHost, parseServiceUrl, type AddressPolicy } from '../../core/network-guard';
import { sameHost } from '../hub/bot-directory';

export interface PortalAddressRules {
  /** The only portal that the integrator wants, with or without a scheme. */
  readonly domain?: string | undefined;
  /** Portals on this machine are accepted: set only when the integrator's own settings lie there as well. */
  readonly loopbackPortals?: boolean | undefined;
  /** Counts for the pinned domain only: nobody else may name an address in a private network. */
  readonly allowPrivateNetwork?: boolean | undefined;
}

/** Judges the addresses of portals, which come from outside and are not trusted. */
export interface PortalAddresses {
  /** Where methods are called, from any address of the portal. Throws ADDRESS_REFUSED; asks no name server. */
  endpoint(received: string): URL;
  /** For the client that will call this endpoint: it checks what the name leads to as well. */
  policyFor(endpoint: URL): AddressPolicy;
  isWanted(endpoint: URL): boolean;
}

export function createPortalAddresses(rules: PortalAddressRules = {}): PortalAddresses {
  const pinned = rules.domain === undefined || rules.domain === '' ? undefined : portalOrigin(rules.domain);

  function policyFor(endpoint: URL): AddressPolicy {
    const isAllowedHere = rules.loopbackPortals === true && isLoopbackHost(endpoint.hostname);
    const trusted = [...(pinned ? [pinned.origin] : []), ...(isAllowedHere ? [endpoint.origin] : [])];
    return {
      origin: 'received',
      trustedOrigins: trusted,
      allowPrivateNetwork: rules.allowPrivateNetwork,
    };
  }

  return {
    policyFor,
    endpoint(received) {
      if (!URL.canParse(received)) return parseServiceUrl(received, { origin: 'received' });
      const url = parseServiceUrl(received, policyFor(new URL(received)));
      return new URL('/rest/', url.origin);
    },
    isWanted: (endpoint) => pinned === undefined || endpoint.host === pinned.host,
  };
}

/** `x.bitrix24.com`, `https://x.bitrix24.com/`, and on this machine `127.0.0.1:8080`. */
export function portalOrigin(domain: string): URL {
  const [, scheme, host] = /^(?:(https?):\/\/)?([^/?#@\s]+)\/?$/i.exec(domain.trim()) ?? [];
  const secure = `https://${host ?? ''}`;
  if (host === undefined || !URL.canParse(secure)) throw malformed();
  const isLoopback = isLoopbackHost(new URL(secure).hostname);
  const isPlain = scheme === undefined ? isLoopback : scheme.toLowerCase() === 'http';
  if (isPlain && !isLoopback) throw malformed();
  return new URL(isPlain ? `http://${host}` : secure);
}

/** Whether a domain that somebody has named is that of the endpoint; nobody has to name one. */
export function isDomainOf(endpoint: URL, domain: string): boolean {
  if (domain === '') return true;
  return URL.canParse(`https://${domain}`) && sameHost(new URL(`https://${domain}`).host, endpoint.host);
}

function malformed(): InvalidError {
  return new InvalidError('CONFIG_INVALID', 'this is not the domain of a portal', {
    params: { property: 'domain', expected: 'example.bitrix24.com', why: 'portalDomain' },
  });
}
