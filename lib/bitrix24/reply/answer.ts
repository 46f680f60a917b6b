import type { Clock } from '../../core/clock';
import type { Part } from '../../core/parts';
import type { Allow } from '../text/tag-table';
import { renderParts, type PartsRendering } from '../text/render-parts';
import type { FileSource } from './file-source';
import { callOperator } from './hand-over';
import { sendPieces, type ReplyKind } from './send-pieces';
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

export interface AnswerContext extends SpeakerAt {
  target: ReplyTarget;
  files: FileSource;
  clock: Clock;
  signal: AbortSignal;
  /** Ids come one by one, so that they are known also of an answer that broke off half way. */
  onSent: (messageId: number | null) => void;
  onHandOverFailed: (error: unknown) => void;
}

/** Says the parts in the dialog. When that fails for good, a person is brought in before the error goes on. */
export async function answer(
  parts: readonly Part[],
  settings: AnswerSettings,
  context: AnswerContext,
): Promise<void> {
  const { as } = settings;
  const ofTarget = context.target.command ? 'command' : 'message';
  try {
    await say(parts, as === 'auto' ? ofTarget : as, settings, context);
  } catch (error) {
    if (settings.onFailure === 'operator' && !context.signal.aborted) await bringOperator(settings, context);
    throw error;
  }
}

async function say(
  parts: readonly Part[],
  as: ReplyKind,
  { choices, allow }: AnswerSettings,
  { portal, speaker, target, files, clock, signal, onSent }: AnswerContext,
): Promise<void> {
  const channel = target.isOpenChannel ? 'open-channel' : 'bitrix';
  const pieces = renderParts(parts, { channel, botId: speaker.botId, choices, allow });
  const { command } = target;
  await sendPieces(pieces, { rest: portal.rest, speaker, as, command, files, clock, signal }, onSent);
}

async function bringOperator(settings: AnswerSettings, context: AnswerContext): Promise<void> {
  const { target, portal, signal, onHandOverFailed } = context;
  if (!target.isOpenChannel || target.chatId === undefined) return;
  try {
    if (settings.failureText !== '') {
      const apology: Part = { type: 'text', text: settings.failureText, format: 'plain' };
      // The portal may refuse this one as well; a person is wanted all the more.
      await say([apology], 'message', settings, context).catch(onHandOverFailed);
    }
    await callOperator(portal.rest, target.chatId, signal);
  } catch (error) {
    onHandOverFailed(error);
  }
}
