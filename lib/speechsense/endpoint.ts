import { InvalidError } from '../core/errors';
import { parseServiceUrl, type AddressPolicy } from '../core/network-guard';

export const usualEndpoint = 'api.speechsense.yandexcloud.net:443';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** `host:port`, with the brackets of IPv6. */
  readonly authority: string;
  readonly tls: boolean;
  readonly url: URL;
}

/** `host`, `host:port` or an address with a scheme; `http://` means plaintext, which only a loopback host may have. */
export function parseEndpoint(text: string, tls: boolean, policy: AddressPolicy): Endpoint {
  const trimmed = text.trim() === '' ? usualEndpoint : text.trim();
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed);
  const written = hasScheme ? trimmed : `${tls ? 'https' : 'http'}://${trimmed}`;
  const url = parseServiceUrl(written, { ...policy, property: 'endpoint' });
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new InvalidError('CONFIG_INVALID', 'the endpoint must be a host and a port, without a path', {
      params: { property: 'endpoint', expected: usualEndpoint, why: 'hostAndPort' },
    });
  }
  const isSecure = url.protocol === 'https:';
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  return { host: url.hostname, port, authority: `${url.hostname}:${port}`, tls: isSecure, url };
}
