import type { CallCard, Portal } from '../bitrix24';
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
  calls: CallView[];
  /** What was written on cards of the CRM last. */
  comments: { card: string; at: number; text: string }[];
}

const pageSize = 30;
const shownComments = 5;

/** What was sent last stands on top, then the newest calls: a sync begins with the oldest, and is to be seen at work. */
export function callsView(
  portal: Portal,
  speechSense: SpeechSense,
  { page, only }: { page: number; only: string },
): CallsView {
  const talks = talksByCall(speechSense);
  const all = [...portal.telephony.calls()].reverse();
  const place = new Map([...talks.values()].map((talk, index) => [talk, index]));
  const sentAs = ({ callId }: CallCard): number => {
    const talk = talks.get(callId);
    return (talk && place.get(talk)) ?? -1;
  };
  const sent = all.filter((call) => talks.has(call.callId)).sort((one, other) => sentAs(other) - sentAs(one));
  const shown = only === 'sent' ? sent : [...sent, ...all.filter((call) => !talks.has(call.callId))];
  return {
    total: all.length,
    shown: shown.length,
    pageSize,
    withTalk: sent.length,
    chats: speechSense.talks.filter(({ kind }) => kind === 'chat').length,
    calls: shown
      .slice(page * pageSize, (page + 1) * pageSize)
      .map((call) => callView(portal, call, talks.get(call.callId))),
    comments: portal.timeline
      .slice(-shownComments)
      .reverse()
      .map(({ entityType, entityId, at, text }) => ({ card: `${entityType} ${entityId}`, at, text })),
  };
}

/** The sync marks a talk with the call's own id. */
function talksByCall(speechSense: SpeechSense): Map<string, StoredTalk> {
  const found = new Map<string, StoredTalk>();
  for (const talk of speechSense.talks) {
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
