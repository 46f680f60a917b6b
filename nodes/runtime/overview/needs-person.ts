import type { ErrorCode } from '../../../lib/core/errors';
import type { Trouble } from './shapes';

const codes: readonly ErrorCode[] = [
  // A key, a right, a plan or an address at the service.
  'BITRIX_AUTH',
  'BITRIX_INSTALL_REFUSED',
  'BITRIX_APP_LOST',
  'BITRIX_APP_KEYS',
  'BITRIX_APP_UNPAID',
  'BITRIX_AUTH_HOST',
  'BITRIX_OVERLOADED',
  'BITRIX_BOT_TAKEN',
  'BITRIX_PLAN',
  'BITRIX_CONFIRM',
  'BITRIX_MOVED',
  'BITRIX_CALLS_UNSORTED',
  'BITRIX_RECORDING_DENIED',
  'DIFY_AUTH',
  'DIFY_APP',
  'DIFY_MODE',
  'DIFY_QUOTA',
  'TYPEBOT_CLOSED',
  'TYPEBOT_NOT_FOUND',
  'TYPEBOT_ADDRESS',
  'TYPEBOT_MOVED',
  'TYPEBOT_AUTH',
  'TYPEBOT_ORIGIN',
  'SPEECHSENSE_AUTH',
  'SPEECHSENSE_KEY_FILE',
  'SPEECHSENSE_DENIED',
  'SPEECHSENSE_HOST',
  'SPEECHSENSE_TLS',
  // A setting of a node or of Node-RED.
  'CONFIG_MISSING',
  'CONFIG_EMPTY',
  'CONFIG_UNUSABLE',
  'CONFIG_INVALID',
  'CONFIG_CURSOR_TAKEN',
  'VARIABLE_UNSET',
  'EVENT_CONFLICT',
  'HTTP_OFF',
  'SYNC_HALTED',
  // A store that another one has, or that cannot be trusted as it is.
  'STORE_LOCKED',
  'STORE_KEY_LOST',
  'STORE_LEFT_BEHIND',
];

/** What no later message can mend: until a person has acted, it ends the same way each time. */
export const needsPerson: ReadonlySet<string> = new Set(codes);

const ofOneMessage: readonly ErrorCode[] = [
  // One recording among many; where none is given out, the sync that hands them out says so.
  'BITRIX_RECORDING_DENIED',
  // The message names a portal, a bot or a call that no node here stands for.
  'CONFIG_MISSING',
  // At a message only the public address, which nobody misses but a client who sends a file.
  'CONFIG_EMPTY',
];

const ofAnother: readonly ErrorCode[] = [
  'CONFIG_UNUSABLE',
  // The store speaks for itself, and one record that cannot be read is that of one dialog.
  'STORE_LOCKED',
  'STORE_KEY_LOST',
  'STORE_LEFT_BEHIND',
];

const leftOut: ReadonlySet<string> = new Set([...ofOneMessage, ...ofAnother]);

/** The node ends like this whatever the message is. */
export function standsStill({ code, params }: Pick<Trouble, 'code' | 'params'>): boolean {
  if (!needsPerson.has(code) || leftOut.has(code)) return false;
  // The key is taken, and may not touch the chat, the deal or the file that the message names.
  return !(code === 'BITRIX_AUTH' && params?.['reason'] === 'ACCESS_DENIED');
}
