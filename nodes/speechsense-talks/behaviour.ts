import { at } from '../../lib/core/fields';
import { maskOf, readTalkResults, usualTalkResults } from '../../lib/speechsense/talk-view';
import { speechsenseKind } from '../runtime/kinds';
import type { StartNode } from '../runtime/register-node';
import type { Shell } from '../runtime/shell';
import { getByIds } from './get';
import { createKeptWait } from './kept-wait';
import { search } from './search';
import type { TalksDesk } from './talks-desk';
import { createWait } from './wait';

const usualTalkId = 'speechsense.talkId';

/** Node-RED takes a path through something that is not there for a broken expression. */
function talkIdReader({ settings, typed }: Shell): TalksDesk['readTalkId'] {
  const isUsual =
    settings.text('talkId', usualTalkId) === usualTalkId && settings.text('talkIdType', 'msg') === 'msg';
  if (isUsual) return (message) => Promise.resolve(at(message.speechsense, 'talkId'));
  return typed('talkId', usualTalkId);
}

export const start: StartNode = (RED, shell) => {
  const { settings } = shell;
  const client = shell.use(speechsenseKind, 'connection');
  const action = settings.choice('action', ['search', 'get', 'wait']);
  const results = readTalkResults(settings.list('results', usualTalkResults));
  const operatorChannel = Number(settings.choice('operatorChannel', ['0', '1']));
  const desk: TalksDesk = {
    client,
    mask: maskOf(results),
    view: { kind: client.kind, operatorChannel, results },
    readTalkId: talkIdReader(shell),
  };
  const limitMs = settings.number('waitMinutes', 60, { min: 0, max: 7 * 24 * 60 }) * 60_000;
  if (action === 'wait' && settings.flag('keep', false)) return createKeptWait(RED, shell, desk, limitMs);
  const wait = createWait(desk, { shell, limitMs });
  const run = { search, get: getByIds, wait }[action];
  return {
    async onMessage(message, { emit, signal }) {
      await run(desk, message, signal);
      emit(message);
    },
  };
};
