import type { Clock } from '../../lib/core/clock';
import { createHttpClient, type HttpClient } from '../../lib/core/http';
import { patienceMs } from './patience';

/** With limits that no test reaches. */
export function patientHttp(clock: Clock): HttpClient {
  return createHttpClient({
    policy: { origin: 'configured' },
    userAgent: 'bitlane-test',
    timeoutMs: patienceMs,
    maxResponseBytes: 300 * 1024 * 1024,
    clock,
  });
}
