import { InvalidError } from '../../core/errors';
import { parseServiceUrl, type AddressPolicy } from '../../core/network-guard';

/** An incoming webhook as people paste it: with or without a method at the end, with blanks around it. */
export interface WebhookAddress {
  /** Ends with a slash; a method name follows. Holds the secret: never shown. */
  base: URL;
  domain: string;
}

export function parseWebhookAddress(pasted: string, policy: AddressPolicy): WebhookAddress {
  const url = parseServiceUrl(pasted.trim(), { ...policy, property: 'webhookUrl' });
  const [, userId, secret] = /^\/rest\/(\d+)\/([A-Za-z0-9]+)(?:\/|$)/.exec(url.pathname) ?? [];
  if (userId === undefined || secret === undefined) {
    throw new InvalidError('CONFIG_INVALID', 'the address is not that of an incoming webhook', {
      params: { property: 'webhookUrl', expected: 'https://…/rest/1/…/', why: 'webhook' },
    });
  }
  return { base: new URL(`/rest/${userId}/${secret}/`, url.origin), domain: url.host.toLowerCase() };
}
