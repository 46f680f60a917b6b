import { at, entriesAt, textAt } from '../../lib/core/fields';
import type { Conversation } from './conversation';
import { grpcStatus, SpeechSenseRefusal } from './faults';
import { resultsOf } from './results';
import { invalid, type Connections } from './rules';
import type { SearchScope, StoredTalk, TalkShelf } from './state';

export interface ReadingDesk {
  readonly shelf: TalkShelf;
  readonly connections: Connections;
  readonly projectId: string;
  readonly now: () => number;
  /** After this a new talk is found by Search, and known to its project. */
  readonly indexAfterMs: () => number;
  /** After this it is analysed. */
  readonly readyAfterMs: () => number;
  readonly scope: SearchScope;
  /** What it has heard in a talk; undefined: the same in all of them. */
  readonly conversation: (talk: StoredTalk) => Conversation | undefined;
}

export function search(desk: ReadingDesk, request: object): object {
  judgePlace(desk, request);
  const pageSize = Number(textAt(request, 'page_size') ?? 100);
  if (pageSize < 1 || pageSize > 1000) throw invalid('page_size');
  const filters = entriesAt(request, 'filters');
  const found = placed(desk, request, indexed(desk)).filter((talk) =>
    filters.every((filter) => fits(talk, filter, desk.scope)),
  );
  const start = Number(textAt(request, 'page_token') ?? 0);
  const page = found.slice(start, start + pageSize);
  const isLast = start + pageSize >= found.length;
  return {
    talk_ids: page.map(({ id }) => id),
    talks_count: String(found.length),
    ...(!isLast && { next_page_token: String(start + pageSize) }),
  };
}

export function get(desk: ReadingDesk, request: object): object {
  judgePlace(desk, request);
  const ids = entriesAt(request, 'talk_ids').map(String);
  const paths = entriesAt(request, 'results_mask', 'paths').map(String);
  const attached = placed(desk, request, indexed(desk));
  for (const id of ids) {
    if (!desk.shelf.find(id)) throw new SpeechSenseRefusal(grpcStatus.notFound, `Talk ${id} not found`);
  }
  const talks = ids.flatMap((id) => attached.find((talk) => talk.id === id) ?? []);
  const isReady = ({ createdAt }: StoredTalk): boolean => desk.now() >= createdAt + desk.readyAfterMs();
  return {
    talk: talks.map((talk) => resultsOf(talk, isReady(talk), paths, desk.projectId, desk.conversation(talk))),
  };
}

function indexed({ shelf, now, indexAfterMs }: ReadingDesk): StoredTalk[] {
  return shelf.talks.filter(({ createdAt }) => now() >= createdAt + indexAfterMs());
}

function placed(desk: ReadingDesk, request: object, talks: readonly StoredTalk[]): StoredTalk[] {
  const connectionId = textAt(request, 'connection_id');
  const isOfProject = textAt(request, 'project_id') !== undefined;
  return talks.filter(
    (talk) =>
      (connectionId === undefined || talk.connectionId === connectionId) &&
      (!isOfProject || desk.scope.isInProject(talk)),
  );
}

function judgePlace({ connections, projectId }: ReadingDesk, request: object): void {
  const connection = textAt(request, 'connection_id');
  const project = textAt(request, 'project_id');
  if (connection === undefined && project === undefined)
    throw invalid('connection_id or project_id is needed');
  if (connection !== undefined && !connections.has(connection)) {
    throw new SpeechSenseRefusal(grpcStatus.notFound, `Connection ${connection} not found`);
  }
  if (project !== undefined && project !== projectId) {
    throw new SpeechSenseRefusal(grpcStatus.notFound, `Project ${project} not found`);
  }
}

function fits(talk: StoredTalk, filter: unknown, { unknownKeys }: SearchScope): boolean {
  const key = textAt(filter, 'key') ?? '';
  const values = at(filter, 'any_match', 'values');
  if (!key.startsWith('userMeta.') || !Array.isArray(values)) throw invalid(`filter ${key}`);
  const name = key.slice('userMeta.'.length);
  const isMatch = !unknownKeys.includes(name) && values.includes(talk.fields[name]);
  return at(filter, 'inverse') === true ? !isMatch : isMatch;
}
