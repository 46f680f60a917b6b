import type { Clock } from '../../core/clock';
import { UnreachableError } from '../../core/errors';
import type { HttpClient } from '../../core/http';
import type { Credential } from './credential';
import type { CallParams } from './portal';
import { readAnswer } from './answer';
import type { Caller, RestCall } from './call';

/** One POST with JSON, and the meaning of its answer. Tokens go into the body: addresses end up in logs. */
export function postTo(credential: Credential, http: HttpClient, clock: Clock): Caller {
  return async (call) => {
    const { method, params } = call;
    const fields = await credential.fields(call.signal);
    call.onAuthorised?.(fields);
    const base = credential.base();
    const response = await sent(http, call, base, { ...params, ...fields });
    const hidden = { secrets: [...secretsOf(base), ...Object.values(fields)], params };
    return readAnswer(response, { method, base, now: clock.now(), hidden });
  };
}

async function sent(
  http: HttpClient,
  call: RestCall,
  base: URL,
  body: CallParams,
): ReturnType<HttpClient['send']> {
  const { method, signal, timeoutMs } = call;
  try {
    return await http.send({
      method: 'POST',
      url: new URL(method, base),
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body),
      signal,
      timeoutMs,
    });
  } catch (error) {
    throw error instanceof UnreachableError ? named(method, error) : error;
  }
}

function named(method: string, error: UnreachableError): UnreachableError {
  const { message, sent: wasSent, params } = error;
  return new UnreachableError('BITRIX_UNREACHABLE', `${method}: ${message}`, {
    sent: wasSent,
    params,
    cause: error,
  });
}

/** `/rest/1/secret/` */
function secretsOf(base: URL): string[] {
  return base.pathname.split('/').slice(3);
}
