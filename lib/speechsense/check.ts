import { BitlaneError, CancelledError, InvalidError, UnreachableError } from '../core/errors';
import type { Caller } from './caller';
import { placeFields, type TalkPlace } from './find-talk';

/**
 * `incomplete`: the key was accepted, but Search wants more ids than were given, so the connection is not verified.
 * `refused`: `error` says what is in the way.
 */
export type SpeechSenseVerdict =
  ('ready' | 'key' | 'denied' | 'not-found' | 'incomplete') | ('host' | 'network' | 'tls' | 'refused');

export interface SpeechSenseCheck {
  readonly ok: boolean;
  readonly verdict: SpeechSenseVerdict;
  /** In English; the verdict and the error have translations. */
  readonly message: string;
  readonly error?: BitlaneError;
}

/** The words of the service's own app. */
const goodAnswer = 'SpeechSense request successful';
const answerMs = 10_000;

/** Climbs from what needs no right at all to a search in the connection; uploads nothing. */
export async function checkSpeechSense(
  caller: Caller,
  place: TalkPlace,
  signal?: AbortSignal,
): Promise<SpeechSenseCheck> {
  const connectionId = place.connectionId.trim();
  if (connectionId === '') {
    throw new InvalidError('CONFIG_EMPTY', 'the id of the connection is missing', {
      params: { property: 'connectionId' },
    });
  }
  const options = { deadlineMs: answerMs, signal };
  const key = await failureOf(caller.tryOnce('ListModels', {}, options), caller, 'ListModels');
  // Whoever may not list models may search all the same; a host without assistants is no other host.
  if (key && !['SPEECHSENSE_DENIED', 'SPEECHSENSE_HOST'].includes(key.code)) return told(key);
  const request = { ...placeFields(place), page_size: 1 };
  const search = await failureOf(caller.tryOnce('Search', request, options), caller, 'Search');
  if (search) return told(search);
  return { ok: true, verdict: 'ready', message: goodAnswer };
}

async function failureOf(
  call: Promise<object>,
  caller: Caller,
  method: 'ListModels' | 'Search',
): Promise<BitlaneError | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    const ours = caller.words(error, method, undefined);
    if (!(ours instanceof BitlaneError) || ours instanceof CancelledError) throw ours;
    return ours;
  }
}

const verdicts: Readonly<Record<string, SpeechSenseVerdict>> = {
  SPEECHSENSE_AUTH: 'key',
  SPEECHSENSE_KEY_FILE: 'key',
  SPEECHSENSE_DENIED: 'denied',
  SPEECHSENSE_NOT_FOUND: 'not-found',
  SPEECHSENSE_HOST: 'host',
  SPEECHSENSE_TLS: 'tls',
  ADDRESS_REFUSED: 'network',
};

const sentences: Readonly<Record<SpeechSenseVerdict, string>> = {
  ready: goodAnswer,
  key: 'the key is not accepted',
  denied: 'the service account is not a data editor of the space, or the key has no scope for SpeechSense',
  'not-found': 'the connection was not found',
  incomplete: 'the key is accepted, but the connection could not be verified',
  host: 'this is not the address of SpeechSense',
  network: 'SpeechSense cannot be reached',
  tls: 'the certificate of SpeechSense is not trusted',
  refused: 'SpeechSense refused the request',
};

function told(error: BitlaneError): SpeechSenseCheck {
  const verdict = verdictOn(error);
  return { ok: false, verdict, message: `${sentences[verdict]}: ${error.message}`, error };
}

function verdictOn(error: BitlaneError): SpeechSenseVerdict {
  const known = verdicts[error.code];
  if (known) return known;
  if (error instanceof UnreachableError) return 'network';
  return error.params['reason'] === 'INVALID_ARGUMENT' ? 'incomplete' : 'refused';
}
