import { readTalkSearch, searchAll } from '../../lib/speechsense/talk-search';
import { noteTalks, type TalksAction } from './talks-desk';

/** Ids alone: what is in the talks is counted by the service when it is read. */
export const search: TalksAction = async ({ client }, message, signal) => {
  const wanted = readTalkSearch(message.payload);
  const { talkIds, count, nextPageToken } = await searchAll(
    (request) => client.search(request),
    wanted,
    signal,
  );
  message.payload = [...talkIds];
  noteTalks(message, {
    connectionId: client.connectionId,
    count,
    ...(nextPageToken !== undefined && { nextPageToken }),
  });
};
