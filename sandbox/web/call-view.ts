import type { CallCard, CrmType, Portal } from '../bitrix24';
import type { SpeechSense, StoredTalk } from '../speechsense';

export interface CallView {
  id: number;
  startedAt: number;
  seconds: number;
  direction: 'in' | 'out' | 'callback' | 'info';
  operator: string;
  client: string;
  /** The call took place. */
  hasTalked: boolean;
  recording: 'none' | 'later' | 'elsewhere' | 'here';
  talk: TalkView | undefined;
}

export interface TalkView {
  id: string;
  at: number;
  fields: Record<string, string>;
  /** What was said, as the portal has it; empty until it comes back. */
  transcript: { who: 'User' | 'Client'; text: string }[];
}

export interface CallsView {
  total: number;
  /** How many this list has in all, and how many to a page. */
  shown: number;
  pageSize: number;
  withTalk: number;
  chats: number;
  /** How many talks there are, by which a page can ask for this very list again. */
  talks: number;
  calls: CallView[];
  /** What was written on cards of the CRM last. */
  comments: { type: CrmType; id: number; at: number; text: string }[];
}

const pageSize = 30;
const shownComments = 5;

export interface CallsWish {
  page: number;
  /** `sent`: those alone. The latest call is on top. */
  only: string;
  /** Of those that were sent, the list has no more than these first talks: it stands still. */
  upTo?: number | undefined;
}

export function callsView(
  portal: Portal,
  speechSense: SpeechSense,
  { page, only, upTo }: CallsWish,
): CallsView {
  const talks = talksByCall(speechSense.talks);
  const listed = talksByCall(speechSense.talks.slice(0, upTo));
  // A call gets its number when it ends, and those of a portal are not in the order in which they began.
  const all = [...portal.telephony.calls()].reverse().sort((one, other) => other.startedAt - one.startedAt);
  const sent = all.filter((call) => listed.has(call.callId));
  const shown = only === 'sent' ? sent : all;
  return {
    total: all.length,
    shown: shown.length,
    pageSize,
    withTalk: all.filter((call) => talks.has(call.callId)).length,
    talks: speechSense.talks.length,
    chats: speechSense.talks.filter(({ kind }) => kind === 'chat').length,
    calls: shown
      .slice(page * pageSize, (page + 1) * pageSize)
      .map((call) => callView(portal, call, talks.get(call.callId))),
    comments: portal.timeline
      .slice(-shownComments)
      .reverse()
      .map(({ entityType, entityId, at, text }) => ({ type: entityType, id: entityId, at, text })),
  };
}

/** The sync marks a talk with the call's own id. */
function talksByCall(talks: readonly StoredTalk[]): Map<string, StoredTalk> {
  const found = new Map<string, StoredTalk>();
  for (const talk of talks) {
    for (const value of Object.values(talk.fields)) found.set(value, talk);
  }
  return found;
}

const directions = { 1: 'out', 2: 'in', 3: 'in', 4: 'callback', 5: 'info' } as const;

function callView(portal: Portal, call: CallCard, talk: StoredTalk | undefined): CallView {
  return {
    id: call.id,
    startedAt: call.startedAt,
    seconds: call.duration,
    direction: directions[call.type],
    operator: portal.state.users.get(call.operatorId ?? 0)?.name ?? '',
    client: call.phone,
    hasTalked: call.failedCode === '200',
    recording: recordingOf(portal, call),
    talk: talk && talkView(portal, call, talk),
  };
}

function recordingOf(portal: Portal, { record, recordUrl }: CallCard): CallView['recording'] {
  if (record) return record.readyAt <= portal.state.now() ? 'here' : 'later';
  return recordUrl ? 'elsewhere' : 'none';
}

function talkView(portal: Portal, call: CallCard, talk: StoredTalk): TalkView {
  const transcript = portal.telephony.transcripts.findLast(({ callId }) => callId === call.callId);
  return {
    id: talk.id,
    at: talk.createdAt,
    fields: talk.fields,
    transcript: (transcript?.phrases ?? []).map(({ side, text }) => ({ who: side, text })),
  };
}
