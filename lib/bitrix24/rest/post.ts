import type { Clock } from '../../core/clock';
import { BitlaneError, InvalidError, UnreachableError } from '../../core/errors';
import type { HttpClient } from '../../core/http';
import type { Credential } from './credential';
import { readAnswer } from './answer';
import type { Caller, RestCall } from './call';
import { jsonBody, type RequestBody } from './streamed-body';

/** A portal may work for a minute on what it was sent, and on a large file it does. Counted from the last piece. */
const uploadTimeoutMs = 75_000;

/** One POST with JSON, and the meaning of its answer. Tokens go into the body: addresses end up in logs. */
export function postTo(credential: Credential, http: HttpClient, clock: Clock): Caller {
  return async (call) => {
    const { method, params } = call;
    const fields = await credential.fields(call.signal);
    call.onAuthorised?.(fields);
    const base = credential.base();
    const body = jsonBody({ ...params, ...fields }, call.signal);
    const response = await sent(http, call, base, body);
    const secrets = [...secretsOf(base), ...Object.values(fields)];
    const hidden = { secrets, sent: [params, body.sentTexts()] };
    return readAnswer(response, { method, base, now: clock.now(), hidden });
  };
}

async function sent(
  http: HttpClient,
  call: RestCall,
  base: URL,
  { body, length, failure }: RequestBody,
): ReturnType<HttpClient['send']> {
  const { method, signal, timeoutMs } = call;
  try {
    return await http.send({
      method: 'POST',
      url: new URL(method, base),
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json',
        ...(length !== undefined && { 'Content-Length': String(length) }),
      },
      body,
      signal,
      timeoutMs: timeoutMs ?? (length === undefined ? undefined : uploadTimeoutMs),
    });
  } catch (error) {
    const ofFile = failure();
    if (ofFile && !signal.aborted) throw asUnread(ofFile);
    throw error instanceof UnreachableError ? named(method, error) : error;
  }
}

/** The portal has no whole request and so has done nothing: this outcome is a clear one. */
function asUnread(error: Error): InvalidError {
  if (error instanceof InvalidError) return error;
  // Others name paths.
  const own = error instanceof BitlaneError ? error : undefined;
  const message = `the file could not be read to its end${own ? `: ${own.message}` : ''}`;
  return new InvalidError('INPUT_INVALID', message, {
    params: { what: 'msg.parts' },
    ...(own && { cause: own }),
  });
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
