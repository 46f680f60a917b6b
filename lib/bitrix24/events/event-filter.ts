import type { BitrixEvent, EventKind } from './event';

export interface FilterRules {
  kinds: ReadonlySet<EventKind>;
  dropBots: boolean;
  dropSystem: boolean;
  dropStaff: boolean;
  dropHandedOver: boolean;
}

/** Why an event starts no flow; undefined when it does. */
export type DropReason = 'kind' | 'bot' | 'system' | 'staff' | 'handed-over' | 'empty';

const spoken: ReadonlySet<EventKind> = new Set(['message', 'command', 'edit', 'delete', 'reaction']);
const addressed: ReadonlySet<EventKind> = new Set(['message', 'command']);

/** Without these a bot answers itself, another bot for ever, or over the head of a person. */
export function dropReason(event: BitrixEvent, rules: FilterRules): DropReason | undefined {
  if (!rules.kinds.has(event.kind)) return 'kind';
  if (spoken.has(event.kind)) {
    if (rules.dropBots && isBotSpeaking(event)) return 'bot';
    if (rules.dropSystem && isSystemSpeaking(event)) return 'system';
  }
  if (addressed.has(event.kind)) {
    if (rules.dropStaff && isStaffSpeaking(event)) return 'staff';
    if (rules.dropHandedOver && isWithPerson(event)) return 'handed-over';
  }
  return event.kind === 'message' && event.text === '' && event.files.length === 0 ? 'empty' : undefined;
}

function isBotSpeaking({ user, bot }: BitrixEvent): boolean {
  return user.isBot || (user.id !== null && user.id === bot.id);
}

/** The portal writes as nobody. */
function isSystemSpeaking({ system, user }: BitrixEvent): boolean {
  return system === true || user.id === 0;
}

/** In an Open Channel whoever is neither the client nor a bot works there. */
function isStaffSpeaking(event: BitrixEvent): boolean {
  const { openline, user } = event;
  if (openline === undefined || isSystemSpeaking(event)) return false;
  return !user.isConnector && !user.isBot && user.id !== openline.externalUserId;
}

/** The owner of an Open Channel's chat is nobody, or the bot, until a person takes the dialog. */
function isWithPerson({ openline, chat, bot }: BitrixEvent): boolean {
  return openline !== undefined && chat.ownerId !== null && chat.ownerId !== 0 && chat.ownerId !== bot.id;
}
