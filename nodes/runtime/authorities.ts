import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { InvalidError } from '../../lib/core/errors';
import type { Settings } from './settings';

/**
 * Of the property `caFile`: for servers and proxies of one's own network. A file without a certificate would fail each
 * call, and not say why.
 */
export function authoritiesOf(settings: Settings): string | undefined {
  const file = settings.text('caFile');
  if (file === '') return undefined;
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch {
    throw unusable('the file of certificates cannot be read', 'readableFile');
  }
  try {
    new X509Certificate(pem);
  } catch {
    throw unusable('the file of certificates holds no PEM certificate', 'pemFile');
  }
  return pem;
}

function unusable(reason: string, why: string): InvalidError {
  return new InvalidError('CONFIG_INVALID', reason, {
    params: { property: 'caFile', expected: '/path/to/ca.pem', why },
  });
}
