import type { MethodAnswer, MethodCall } from '../call';
import { readFilter, type Fields } from '../filtering';
import { pageOf } from '../paging';
import { refusal } from '../refusal';
import { idOf, listOf, mapOf, textOf, upperKeys } from '../../shared/params';
import { isoStamp } from '../stamp';
import type { PortalState } from '../state';
import { crmTypeNamed, type CrmType } from './items';

export interface TimelineComment {
  id: number;
  entityType: CrmType;
  entityId: number;
  text: string;
  authorId: number;
  at: number;
}

export interface Timeline {
  comments: readonly TimelineComment[];
  add: (call: MethodCall) => MethodAnswer;
  list: (call: MethodCall) => MethodAnswer;
}

const fields: Fields<TimelineComment> = {
  ID: { kind: 'number', read: (comment) => comment.id },
  ENTITY_ID: { kind: 'number', read: (comment) => comment.entityId },
  ENTITY_TYPE: { kind: 'text', read: (comment) => comment.entityType },
  AUTHOR_ID: { kind: 'number', read: (comment) => comment.authorId },
  CREATED: { kind: 'date', read: (comment) => comment.at },
};

export function createTimeline(
  state: PortalState,
  isThere: (type: CrmType, id: number) => boolean,
): Timeline {
  const comments: TimelineComment[] = [];
  return {
    comments,
    add({ params, caller }) {
      // Only in small letters: the older spellings of the key are no longer read.
      const given = mapOf(params['fields']) ?? {};
      const entityId = idOf(given['ENTITY_ID']);
      const typeName = textOf(given['ENTITY_TYPE']) ?? '';
      if (entityId === 0 || typeName === '') throw refusal('100', 'Required fields are not set');
      const text = textOf(given['COMMENT']) ?? '';
      if (text === '') throw refusal('INVALID_ARG_VALUE', 'Empty comment message');
      const entityType = crmTypeNamed(typeName);
      if (!entityType || !isThere(entityType, entityId))
        throw refusal('OWNER_NOT_FOUND', 'Owner was not found');
      const authorId = idOf(given['AUTHOR_ID']) || caller.userId;
      comments.push({ id: 900 + comments.length, entityType, entityId, text, authorId, at: state.now() });
      return { result: 899 + comments.length };
    },
    list({ params }) {
      const given = upperKeys(params);
      const conditions = readFilter(given['FILTER'], fields);
      const select = listOf(given['SELECT']).map((name) => textOf(name) ?? '');
      const descending = /^desc$/i.test(textOf(upperKeys(mapOf(given['ORDER']) ?? {})['ID']) ?? '');
      const found = comments.filter((comment) => conditions.every((condition) => condition.holds(comment)));
      const ordered = descending ? found.toReversed() : found;
      return pageOf(
        ordered.map((comment) => selected(commentFields(comment), select)),
        given,
      );
    },
  };
}

function commentFields(comment: TimelineComment): Readonly<Record<string, unknown>> {
  return {
    ID: String(comment.id),
    CREATED: isoStamp(comment.at),
    ENTITY_ID: comment.entityId,
    ENTITY_TYPE: comment.entityType.toLowerCase(),
    AUTHOR_ID: String(comment.authorId),
    COMMENT: comment.text,
  };
}

/** Without a selection: everything. */
export function selected(
  row: Readonly<Record<string, unknown>>,
  select: readonly string[],
): Readonly<Record<string, unknown>> {
  if (select.length === 0 || select.includes('*')) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => select.includes(name)));
}
