import { viewOfTalk } from '../../lib/speechsense/talk-view';
import type { Shell } from '../runtime/shell';
import { noteTalks, oneTalk, type TalksAction, type TalksDesk } from './talks-desk';

export interface WaitSettings {
  readonly shell: Pick<Shell, 'status' | 'translate'>;
  readonly limitMs: number;
}

/** Until nothing more is being worked on. The connection looks at all talks that are waited for together. */
export function createWait(desk: TalksDesk, { shell, limitMs }: WaitSettings): TalksAction {
  const { client, mask, view } = desk;
  let waiting = 0;

  function show(): void {
    if (waiting === 0) return;
    shell.status.show('waiting', shell.translate('speechsense-talks.status.waiting', { count: waiting }));
  }

  return async (_desk, message, signal) => {
    const talkId = await oneTalk(desk, message);
    waiting += 1;
    show();
    try {
      const talk = await client.waitUntilAnalysed(talkId, { results: mask, limitMs, signal });
      message.payload = viewOfTalk(talk, view);
      noteTalks(message, { talkId, connectionId: client.connectionId });
    } finally {
      waiting -= 1;
      show();
    }
  };
}
