import { RefusedError } from '../../lib/core/errors';
import { viewOfTalk } from '../../lib/speechsense/talk-view';
import { noteTalks, wantedTalks, type TalksAction } from './talks-desk';

export const getByIds: TalksAction = async (desk, message, signal) => {
  const { client, mask, view } = desk;
  const { ids, isList } = await wantedTalks(desk, message);
  const talks = await client.get(ids, { results: mask, signal });
  const found = new Map(talks.map((talk) => [talk.id, viewOfTalk(talk, view)]));
  const [first] = found.values();
  if (!isList && !first) throw notThere();
  message.payload = isList ? ids.flatMap((id) => found.get(id) ?? []) : first;
  const missing = ids.filter((id) => !found.has(id));
  noteTalks(message, {
    connectionId: client.connectionId,
    ...(!isList && { talkId: ids[0] }),
    ...(missing.length > 0 && { missing }),
  });
};

function notThere(): RefusedError {
  const detail = 'the talk is not there, or not yet in its project';
  return new RefusedError('SPEECHSENSE_NOT_FOUND', detail, { params: { detail } });
}
