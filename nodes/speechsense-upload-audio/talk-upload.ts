import { systemClock } from '../../lib/core/clock';
import { InvalidError, UnreachableError } from '../../lib/core/errors';
import { textAt } from '../../lib/core/fields';
import { createLanes } from '../../lib/core/lanes';
import { withRetry, type RetryPolicy } from '../../lib/core/retry';
import type { RecordingSource } from '../../lib/speechsense/recording-reader';
import type { SentFacts } from '../../lib/speechsense/upload';
import type { Message, Shell } from '../runtime/shell';
import { putTalk, searchFieldOf, uploadKeyOf, warnOfNotes } from '../runtime/speechsense/talk-message';
import type { UploadsOfNode } from '../runtime/speechsense/uploads-of-node';
import { createProgressBoard } from './progress';
import { putAside } from './put-aside';
import { digestOf, type Recording } from './recordings';
import { audioRulesIn, methods } from './upload-settings';

type Fields = Readonly<Record<string, unknown>>;

export interface TalkToUpload {
  readonly message: Message;
  readonly recording: Recording;
  readonly fields: Fields;
  /** By which the call is known although the metadata does not name it. */
  readonly callId: string | undefined;
  readonly signal: AbortSignal;
}

export type UploadTalk = (talk: TalkToUpload) => Promise<void>;

const pauses: RetryPolicy = { attempts: 4, baseMs: 500, factor: 2, capMs: 30_000, jitter: 1 };

/** So many uploads without a key: each of them may be a file put aside until it is over. */
const mostDigested = 4;

/** One recording becomes one talk; the message says which. */
export function createTalkUpload(shell: Shell, uploads: UploadsOfNode): UploadTalk {
  const { settings } = shell;
  const rules = audioRulesIn(settings);
  const method = settings.choice('method', methods);
  const reupload = settings.flag('reupload', false);
  const progress = createProgressBoard(
    (text) => shell.status.show('working', text),
    (count) => shell.translate('speechsense-upload-audio.progress.megabytes', { count: Math.floor(count) }),
  );

  const lanes = createLanes(mostDigested);

  async function uploadByDigest(talk: TalkToUpload, keyed: Fields): Promise<void> {
    const { message, recording: found, fields, signal } = talk;
    // It has to be read once more, and nobody likes to be asked twice for the same bytes.
    const recording = found.isAtHand ? found : putAside(found.open, { signal });
    try {
      const digest = await patiently(() => digestOf(recording, signal), signal);
      const key = uploadKeyOf(message, keyed, digest);
      await send(recording, { key, fields, reupload, signal }, message);
    } finally {
      if (recording !== found) await recording.release();
    }
  }

  return async (talk) => {
    const { message, recording, fields, callId, signal } = talk;
    const keyed = { ...(callId !== undefined && { call_id: callId }), ...withoutAbsent(fields) };
    const isKeyed = [message.uploadKey, Reflect.get(keyed, 'call_id')].some(isSaid);
    if (!isKeyed) return lanes.run(() => uploadByDigest(talk, keyed), signal);
    const key = uploadKeyOf(message, keyed, undefined);
    return send(recording, { key, fields, reupload, signal }, message);
  };

  async function send({ open }: Recording, wanted: Wanted, message: Message): Promise<void> {
    try {
      await sendFollowed(progress.follow(open), wanted, message);
    } finally {
      progress.end(open);
    }
  }

  async function sendFollowed(source: RecordingSource, wanted: Wanted, message: Message): Promise<void> {
    if (method === 'badge') {
      const badge = await uploads.uploadBadge(source, { ...wanted, rules });
      const { operationId, badgeId, connectionId, uploadKey, reused, notes } = badge;
      message.speechsense = {
        ...withoutAbsent({ operationId, badgeId, connectionId, uploadKey, reused }),
        ...factsIn(badge),
        ...(notes.length > 0 && { notes }),
      };
      return warnOfNotes(shell, badge);
    }
    const searchBy = searchFieldOf(wanted.fields, wanted.key);
    const talk = await uploads.uploadAudio(source, { ...wanted, searchBy, rules, method });
    putTalk(message, talk, factsIn(talk));
    warnOfNotes(shell, talk);
    if (rules.mono === 'warn' && talk.audio?.notes.includes('mono')) {
      shell.warn(new InvalidError('AUDIO_MONO', 'it was sent all the same, as the setting says'));
    }
  }
}

interface Wanted {
  readonly key: string;
  readonly fields: Fields;
  readonly reupload: boolean;
  readonly signal: AbortSignal;
}

function factsIn({ bytes, audio }: SentFacts): Record<string, unknown> {
  const { durationSeconds, channels, codec, notes = [] } = audio ?? {};
  const facts = { bytes, durationSeconds, channels, codec };
  return { ...withoutAbsent(facts), ...(notes.length > 0 && { audioNotes: [...notes] }) };
}

/** What failed on the way may come whole the next time. */
function patiently<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const decide = (error: unknown): 'retry' | 'final' =>
    error instanceof UnreachableError ? 'retry' : 'final';
  return withRetry(work, { policy: pauses, clock: systemClock, decide, signal });
}

function isSaid(value: unknown): boolean {
  return (textAt({ value }, 'value') ?? '').trim() !== '';
}

function withoutAbsent(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  );
}
