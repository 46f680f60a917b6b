import { cleanIncoming } from '../text/incoming';
import type { ChatActivity } from './activity';
import type { ChatFilter } from './chat-filter';
import type { Role, SaidMessage, SpokenSession } from './spoken-session';

/** A finished session in the form in which SpeechSense takes chats. */
export interface FinishedChat {
  readonly session: ChatSession;
  /** By which it is known again, whatever its people are called by then: of no other portal's session. */
  readonly uploadKey: string;
  readonly chat: { readonly messages: readonly ChatLine[] };
  readonly metadata: Readonly<Record<string, string | boolean>>;
}

export interface ChatSession {
  readonly id: number;
  /** Undefined for a session that the CRM does not know. */
  readonly activityId?: number;
  readonly chatId?: number;
  readonly line?: number;
  readonly connector?: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  /** What the chat is bound to, by kind. */
  readonly crm: Readonly<Partial<Record<'lead' | 'deal' | 'contact' | 'company', number>>>;
}

export interface ChatLine {
  readonly user_id: string;
  readonly text: string;
  readonly timestamp: string;
}

/** What is known of a session besides what was said in it. Only the CRM's have an id of their own. */
export type SessionFacts = Omit<ChatActivity, 'id' | 'isChat' | 'isCompleted'> & {
  readonly id: number | undefined;
};

/** Why nothing of a session is wanted. */
export type ChatRefusal = 'empty' | 'no-client' | 'no-operator' | 'other-line';

export interface ChatRules {
  /** What the portal is called among others. */
  readonly place: string;
  /** What was sent without a text is said as `[file]`; else it is left out. */
  readonly withFiles: boolean;
  /** Sessions in which no person of the portal has written are left out. */
  readonly onlyWithOperator: boolean;
  /** Names from `chatKeys`. */
  readonly extraKeys: readonly ChatKey[];
}

/**
 * What may go into the metadata besides what SpeechSense asks for. `upload_key`: a talk whose making was not answered is
 * found by it.
 */
export const chatKeys = [
  ...(['upload_key'] as const),
  ...(['session_id', 'activity_id', 'chat_id', 'line_id', 'connector'] as const),
  ...(['lead_id', 'deal_id', 'contact_id', 'company_id'] as const),
] as const;
export type ChatKey = (typeof chatKeys)[number];

interface Line extends Omit<ChatLine, 'user_id'> {
  readonly role: Role;
  readonly senderId: string;
}

export function finishedChat(
  activity: SessionFacts,
  spoken: SpokenSession,
  filter: Pick<ChatFilter, 'isLineWanted'>,
  rules: ChatRules,
): FinishedChat | ChatRefusal {
  const session = sessionOf(activity, spoken);
  if (!filter.isLineWanted(session.line)) return 'other-line';
  const lines = linesOf(spoken, rules);
  const first = lines[0];
  if (!first) return 'empty';
  const has = (role: Role): boolean => lines.some((line) => line.role === role);
  if (!has('client')) return 'no-client';
  if (rules.onlyWithOperator && !has('operator')) return 'no-operator';
  const people = peopleOf(activity, spoken, lines);
  const uploadKey = `chat:${rules.place}:${session.id}`;
  return {
    ...{ session, uploadKey },
    chat: {
      messages: lines.map(({ role, text, timestamp }) => ({ user_id: people[role].id, text, timestamp })),
    },
    metadata: {
      operator_id: people.operator.id,
      operator_name: people.operator.name,
      client_id: people.client.id,
      client_name: people.client.name,
      bot_id: people.bot.id,
      bot_name: people.bot.name,
      date: first.timestamp,
      direction_outgoing: first.role === 'operator',
      ticket_id: ticketOf(session),
      ...extraFields({ ...session, uploadKey }, rules.extraKeys),
    },
  };
}

/** In the order of time, with nothing that has no text. */
function linesOf(spoken: SpokenSession, rules: ChatRules): Line[] {
  const inOrder = spoken.messages.toSorted((one, other) => one.at - other.at || one.id - other.id);
  return inOrder.flatMap((message) => {
    if (message.senderId === '0') return [];
    const text = textOf(message, rules);
    if (text === '') return [];
    const role = roleOf(message.senderId, spoken);
    const timestamp = new Date(message.at).toISOString();
    return [{ role, senderId: message.senderId, text, timestamp }];
  });
}

function textOf({ text, hasFiles }: SaidMessage, { withFiles }: ChatRules): string {
  const said = cleanIncoming(text);
  return said === '' && hasFiles && withFiles ? '[file]' : said;
}

/** Someone whom the portal has forgotten was an operator, unless the chat itself names him as its client. */
function roleOf(senderId: string, { people, openline }: SpokenSession): Role {
  const known = people.get(senderId)?.role;
  return known ?? (senderId === clientIdOf(openline) ? 'client' : 'operator');
}

type People = Readonly<Record<Role, { readonly id: string; readonly name: string }>>;

/** No two of them have one id: while nobody has taken the dialog, its owner, and whose activity it is, is the bot. */
function peopleOf(activity: SessionFacts, spoken: SpokenSession, lines: readonly Line[]): People {
  const { people, ownerId } = spoken;
  const nameOf = (id: string, otherwise: string): string => people.get(id)?.name || otherwise;
  const client = busiest(lines, 'client') ?? clientIdOf(spoken.openline) ?? 'client';
  const mayBe = (id: string | undefined): string | undefined =>
    id !== undefined && roleOf(id, spoken) === 'operator' ? id : undefined;
  const operator = busiest(lines, 'operator') ?? mayBe(ownerId) ?? mayBe(responsible(activity)) ?? 'operator';
  const bot = busiest(lines, 'bot') ?? 'bot';
  return {
    client: { id: client, name: nameOf(client, crmName(activity) ?? `client ${client}`) },
    operator: { id: operator, name: nameOf(operator, `user ${operator}`) },
    bot: { id: bot, name: nameOf(bot, bot) },
  };
}

/** Who of this role has written most; of two, who began. */
function busiest(lines: readonly Line[], role: Role): string | undefined {
  const counts = new Map<string, number>();
  for (const line of lines) {
    if (line.role === role) counts.set(line.senderId, (counts.get(line.senderId) ?? 0) + 1);
  }
  let most: [string, number] | undefined;
  for (const entry of counts) if (!most || entry[1] > most[1]) most = entry;
  return most?.[0];
}

function responsible({ responsibleId }: SessionFacts): string | undefined {
  return responsibleId === undefined ? undefined : String(responsibleId);
}

function clientIdOf(openline: SpokenSession['openline']): string | undefined {
  const id = openline?.externalUserId;
  return id === undefined || id === null ? undefined : String(id);
}

/** For a client whom the portal has forgotten. */
function crmName({ owner }: SessionFacts): string | undefined {
  return owner && `${owner.type}_${owner.id}`;
}

function sessionOf(activity: SessionFacts, { chatId, openline }: SpokenSession): ChatSession {
  const { id: activityId, sessionId: id = 0, startedAt, endedAt, owner } = activity;
  const line = activity.line ?? openline?.lineId ?? undefined;
  const connector = activity.connector || openline?.connector;
  return {
    ...{ id, startedAt },
    ...(activityId !== undefined && { activityId }),
    ...(chatId !== undefined && { chatId }),
    ...(line !== undefined && { line }),
    ...(connector !== undefined && connector !== '' && { connector }),
    ...(endedAt !== '' && { finishedAt: endedAt }),
    crm: { ...(owner && { [owner.type.toLowerCase()]: owner.id }), ...openline?.crm },
  };
}

/** Ties the talks of one deal together, in chats as in calls. */
function ticketOf({ crm, chatId, id }: ChatSession): string {
  if (crm.deal !== undefined) return `DEAL_${crm.deal}`;
  if (crm.lead !== undefined) return `LEAD_${crm.lead}`;
  return chatId === undefined ? `session${id}` : `chat${chatId}`;
}

function extraFields(
  session: ChatSession & { readonly uploadKey: string },
  keys: readonly ChatKey[],
): Record<string, string> {
  const { crm } = session;
  const values: Readonly<Record<ChatKey, string | number | undefined>> = {
    upload_key: session.uploadKey,
    session_id: session.id,
    activity_id: session.activityId,
    chat_id: session.chatId,
    line_id: session.line,
    connector: session.connector,
    lead_id: crm.lead,
    deal_id: crm.deal,
    contact_id: crm.contact,
    company_id: crm.company,
  };
  return Object.fromEntries(
    keys.flatMap((key) => (values[key] === undefined ? [] : [[key, String(values[key])]])),
  );
}
