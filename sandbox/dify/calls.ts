import { isSecretName } from '../../lib/core/secret-names';
import { isMap } from '../shared/params';
import type { EndpointName } from './scenario';

const mask = '***';

export interface CallRecord {
  /** Undefined: an address that the server does not know. */
  endpoint: EndpointName | undefined;
  method: string;
  /** With its query, without secrets. */
  target: string;
  app: string | undefined;
  user: string | undefined;
  /** The JSON body, or for an upload its parts, without secrets. */
  body: unknown;
  /** 0 as long as there is no answer, and when there never was one. */
  status: number;
  /** The code of the refusal. */
  error: string | undefined;
  /** What was ordered for this call. */
  scenario: string | undefined;
  bytesSent: number;
  /** The connection ended before the answer was whole, whoever ended it. */
  brokenOff: boolean;
  /** Nothing more will happen to it. */
  ended: boolean;
  at: number;
}

export interface Masking {
  hide: (secret: string) => void;
  clean: (value: unknown) => unknown;
  cleanText: (text: string) => string;
}

/** Secrets are hidden by the names of what holds them and, for keys and form tokens, wherever their text turns up. */
export function createMasking(): Masking {
  const secrets = new Set<string>();

  function cleanText(text: string): string {
    let cleaned = text;
    for (const secret of secrets) cleaned = cleaned.replaceAll(secret, mask);
    return cleaned;
  }

  function clean(value: unknown): unknown {
    if (typeof value === 'string') return cleanText(value);
    if (Array.isArray(value)) return value.map(clean);
    if (!isMap(value)) return value;
    const entries = Object.entries(value).map(([name, inner]) => [
      name,
      isSecretName(name) && typeof inner === 'string' ? mask : clean(inner),
    ]);
    return Object.fromEntries(entries);
  }

  return { hide: (secret) => void secrets.add(secret), clean, cleanText };
}
