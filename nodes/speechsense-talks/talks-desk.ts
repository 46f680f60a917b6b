import { InvalidError } from '../../lib/core/errors';
import { at, textAt } from '../../lib/core/fields';
import type { SpeechSenseClient } from '../../lib/speechsense/client';
import type { ViewOptions } from '../../lib/speechsense/talk-view';
import type { ResultName } from '../../lib/speechsense/talks';
import type { Message } from '../runtime/shell';

/** What every action of the node works with. */
export interface TalksDesk {
  readonly client: SpeechSenseClient;
  readonly mask: readonly ResultName[];
  readonly view: ViewOptions;
  readonly readTalkId: (message: Message) => Promise<unknown>;
}

export type TalksAction = (desk: TalksDesk, message: Message, signal: AbortSignal) => Promise<void>;

export interface WantedTalks {
  readonly ids: readonly string[];
  readonly isList: boolean;
}

/** One id or a list of them; what a search or an upload has given will do as well. */
export async function wantedTalks({ readTalkId }: TalksDesk, message: Message): Promise<WantedTalks> {
  const given = await readTalkId(message);
  const list: unknown[] = Array.isArray(given) ? given : [given];
  const ids = list.map((one) => (textAt({ one }, 'one') ?? textAt(one, 'talkId') ?? '').trim());
  if (ids.length > 0 && ids.every((id) => id !== '')) return { ids, isList: Array.isArray(given) };
  throw new InvalidError('INPUT_INVALID', 'there is no talk id, or an empty one', {
    params: { what: 'talkId' },
  });
}

/** For a wait: it is about one talk. */
export async function oneTalk(desk: TalksDesk, message: Message): Promise<string> {
  const { ids } = await wantedTalks(desk, message);
  const [talkId, ...others] = ids;
  if (talkId !== undefined && others.length === 0) return talkId;
  throw new InvalidError('INPUT_INVALID', 'one talk is waited for at a time', { params: { what: 'talkId' } });
}

/** What an upload has said of its talk stays. */
export function noteTalks(message: Message, said: Readonly<Record<string, unknown>>): void {
  const before = at(message, 'speechsense');
  message.speechsense = { ...(typeof before === 'object' && before), ...said };
}
