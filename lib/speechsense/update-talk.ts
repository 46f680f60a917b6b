import { InvalidError, RefusedError, type ErrorCode } from '../core/errors';
import type { MethodName } from './definitions';
import type { OnceParts } from './one-upload';
import { fitFields, type ConnectionKind, type TalkFields } from './talk-fields';
import { readTalk } from './talk';
import { askForTalks } from './talks';
import type { SendingParts } from './upload';

export interface UpdateOptions {
  readonly kind: ConnectionKind;
  /** Laid over what the talk has; an empty value takes a key away. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What the talk has is not looked at: its other keys are erased. */
  readonly replace?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type UpdateParts = SendingParts & Pick<OnceParts, 'turns' | 'scope'>;

export async function updateTalk(
  parts: UpdateParts,
  talkId: string,
  options: UpdateOptions,
): Promise<TalkFields> {
  const id = talkId.trim();
  if (id === '') {
    throw new InvalidError('INPUT_INVALID', 'there is no talk id', { params: { what: 'talkId' } });
  }
  // Another change between the reading and the writing would be lost.
  const turn = await parts.turns.take([`${parts.scope}\ntalk\n${id}`], options.signal);
  try {
    return await readAndWrite(parts, id, options);
  } finally {
    turn.release();
  }
}

/** The service erases whatever is not sent again, so everything is. Done twice, it is the same. */
async function readAndWrite(
  parts: SendingParts,
  id: string,
  { kind, fields: given, replace = false, signal }: UpdateOptions,
): Promise<TalkFields> {
  const { caller, place, language, limits } = parts;
  const present = replace ? {} : await presentFields(parts, id, signal);
  const fitted = fitFields({ ...present, ...given }, { kind, language });
  const method: MethodName = kind === 'chat' ? 'UploadText' : 'Upload';
  const metadata = { connection_id: place.connectionId, fields: fitted.fields };
  await caller.ask(method, { metadata, talk_id: id }, { deadlineMs: limits.unaryMs(0), signal });
  return fitted;
}

async function presentFields(
  { caller, place }: SendingParts,
  talkId: string,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, string>>> {
  try {
    const wanted = { results: ['talk_state' as const], signal };
    const talks = await askForTalks({ caller, place }, [talkId], wanted);
    const fields = talks.map((talk) => readTalk(talk)).find(({ id }) => id === talkId)?.fields ?? {};
    // Every talk has some: none means that they are not shown.
    if (Object.keys(fields).length > 0) return fields;
  } catch (thrown) {
    // For an outage or a wrong key, giving all keys is no cure.
    if (thrown instanceof RefusedError && noReading.includes(thrown.code)) throw unread(thrown);
    throw thrown;
  }
  throw unread(undefined);
}

const noReading: readonly ErrorCode[] = [
  'SPEECHSENSE_DENIED',
  'SPEECHSENSE_NOT_FOUND',
  'SPEECHSENSE_REFUSED',
];

function unread(cause: RefusedError | undefined): RefusedError {
  const reason = cause ? cause.message : 'it is not there, or not yet';
  return new RefusedError('SPEECHSENSE_UNREAD', `the metadata of the talk cannot be read (${reason})`, {
    ...(cause && { cause }),
  });
}
