import type { Clock } from '../../core/clock';
import { BitlaneError, CancelledError } from '../../core/errors';
import type { Part } from '../../core/parts';
import type { Allow } from '../../core/bb/tag-table';
import { renderParts, type PartsRendering } from '../text/render-parts';
import { resumePlan } from './answer-plan';
import type { FileSource } from './file-source';
import { callOperator } from './hand-over';
import { mayHaveArrived, sendPieces, type ReplyKind } from './send-pieces';
import { noRecord, type Once, type SentRecord } from './sent-record';
import type { SpeakerAt } from './speaker';
import type { ReplyTarget } from './target';

export interface AnswerSettings {
  as: 'auto' | ReplyKind;
  choices: NonNullable<PartsRendering['choices']>;
  allow: Allow;
  /** What happens to the dialog of an Open Channel whose answer is lost for good. */
  onFailure: 'error' | 'operator';
  /** Said to the client then; empty: nothing. */
  failureText: string;
}

export interface AnswerContext extends Pick<SpeakerAt, 'portal' | 'speaker'> {
  target: ReplyTarget;
  files: FileSource;
  clock: Clock;
  signal: AbortSignal;
  /** Asked right before each thing that the dialog is to see; rejects when somebody else answers by now. */
  assertOurs?: (() => Promise<void>) | undefined;
  /** Ids come one by one, so that they are known also of an answer that broke off half way. */
  onSent: (messageId: number | null) => void;
  onHandedOver?: () => Promise<void>;
  onHandOverFailed: (error: unknown) => void;
  /** What earlier tries have sent. Without it this is the only one. */
  record?: SentRecord;
  once?: Once;
  /** Before the first piece; not when the rest of an answer is sent. */
  onBegin?: () => Promise<void>;
  onFileLost?: () => void;
  /** Behind the answer, which may be empty then, the dialog goes to a person. */
  handsOver?: boolean;
  /** Given when the answer counts also without that person: told why nobody could be called, instead of an error. */
  onNobodyCalled?: (error: unknown) => void;
  /** What the staff reads before that. */
  note?: string | undefined;
}

const always: Once = async (_step, work) => void (await work());

/** Says the parts in the dialog. When that fails for good, a person is brought in before the error goes on. */
export async function answer(
  parts: readonly Part[],
  settings: AnswerSettings,
  context: AnswerContext,
): Promise<void> {
  const { signal, handsOver = false, onHandOverFailed } = context;
  try {
    if (parts.length > 0 || !handsOver) await say(parts, settings, context);
  } catch (error) {
    const bringsPerson = handsOver || settings.onFailure === 'operator';
    if (bringsPerson && !signal.aborted && !isPassedOn(error)) {
      await apologiseOnce(settings, context);
      await bringOperator(settings, context).catch(onHandOverFailed);
    }
    throw error;
  }
  if (handsOver) await bringOperatorBehind(settings, context);
}

/** What a deploy cut off is no failure: it is done again. */
async function bringOperatorBehind(settings: AnswerSettings, context: AnswerContext): Promise<void> {
  const { signal, onNobodyCalled } = context;
  try {
    await bringOperator(settings, context);
  } catch (error) {
    const isMoot = signal.aborted || error instanceof CancelledError || isPassedOn(error);
    if (!onNobodyCalled || isMoot) throw error;
    onNobodyCalled(error);
  }
}

/** The dialog is answered by somebody else, who brings a person in if need be. */
const isPassedOn = (error: unknown): boolean =>
  error instanceof BitlaneError && error.code === 'EVENT_PASSED_ON';

async function say(parts: readonly Part[], settings: AnswerSettings, context: AnswerContext): Promise<void> {
  const { speaker, target, record = noRecord, assertOurs, onFileLost, onBegin } = context;
  const channel = target.isOpenChannel ? 'open-channel' : 'bitrix';
  const { choices, allow } = settings;
  const rendered = renderParts(parts, { channel, botId: speaker.botId, choices, allow });
  const isBegun = record.done > 0 || record.plan !== undefined;
  const pieces = record.plan
    ? resumePlan(record.plan, rendered, (place) => place >= record.done && onFileLost?.())
    : rendered;
  // What has been begun elsewhere is not to be written over.
  await assertOurs?.();
  // The choices first: once a plan is on disk they are as well, and the rest of an answer need not look after them.
  if (!isBegun) await onBegin?.();
  await record.begin(pieces);
  const { portal, files, clock, signal, onSent } = context;
  const as = settings.as === 'auto' ? (target.command ? 'command' : 'message') : settings.as;
  const options = {
    rest: portal.rest,
    speaker,
    as,
    command: target.command,
    files,
    clock,
    signal,
    assertOurs,
  };
  await sendPieces(pieces, options, record, onSent);
}

async function bringOperator(settings: AnswerSettings, context: AnswerContext): Promise<void> {
  const { target, portal, signal, assertOurs, once = always, onHandedOver, onHandOverFailed } = context;
  const { isOpenChannel, chatId } = target;
  if (!isOpenChannel || chatId === undefined) return;
  await assertOurs?.();
  await once('operator', async () => {
    await leaveNoteOnce(settings, context);
    await callOperator(portal.rest, chatId, signal);
    await onHandedOver?.().catch(onHandOverFailed);
    return true;
  });
}

async function leaveNoteOnce(settings: AnswerSettings, context: AnswerContext): Promise<void> {
  const { note, once = always, onHandOverFailed } = context;
  if (note === undefined) return;
  const leave = (): Promise<boolean> =>
    trySaying(note, { ...settings, as: 'system' }, { ...context, onSent: () => undefined });
  await once('note', leave).catch(onHandOverFailed);
}

async function apologiseOnce(settings: AnswerSettings, context: AnswerContext): Promise<void> {
  const { target, once = always, onHandOverFailed } = context;
  if (settings.failureText === '' || !target.isOpenChannel || target.chatId === undefined) return;
  const apologise = (): Promise<boolean> =>
    trySaying(settings.failureText, { ...settings, as: 'message' }, context);
  await once('apology', apologise).catch(onHandOverFailed);
}

/** Whether it was said. The portal may refuse this one as well; a person is wanted all the more. */
async function trySaying(text: string, settings: AnswerSettings, context: AnswerContext): Promise<boolean> {
  const { portal, speaker, target, files, clock, signal, assertOurs, onSent, onHandOverFailed } = context;
  try {
    await say([{ type: 'text', text, format: 'plain' }], settings, {
      ...{ portal, speaker, target, files, clock, signal, assertOurs, onSent, onHandOverFailed },
    });
    return true;
  } catch (error) {
    onHandOverFailed(error);
    return mayHaveArrived(error);
  }
}
