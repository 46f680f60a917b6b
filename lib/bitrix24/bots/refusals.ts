import { RefusedError } from '../../core/errors';

/** What stands in the way of a bot, for a sentence in the reader's language. */
export type BotObstacle =
  | 'code-taken'
  | 'too-many-bots'
  | 'v2-missing'
  | 'token-missing'
  | 'token-refused'
  | 'address-refused'
  | 'avatar-refused'
  | 'type-refused'
  | 'command-refused'
  | 'not-fetching';

const sentences: Readonly<Record<BotObstacle, string>> = {
  'code-taken':
    'the portal has a bot with this code that belongs to another app, was registered with another bot token or with ' +
    'the other API version; choose another code, or the token and version it was registered with',
  'too-many-bots': 'this app or token has as many bots as the portal allows; remove one that is not needed',
  'v2-missing':
    'the portal does not know this method; update the portal, or choose API version v1 for the bot',
  'token-missing': 'a bot on a portal that is reached by a webhook needs a bot token',
  'token-refused': 'the portal does not accept the bot token',
  'address-refused':
    'the portal does not accept the event address; it must be public, https, with a valid certificate',
  'avatar-refused':
    'the portal does not accept the avatar; it must be an image of at most 5000 by 5000 pixels',
  'type-refused': 'the portal does not know this type of bot',
  'command-refused': 'the portal does not accept the command',
  'not-fetching': 'the bot is not in fetch mode on the portal',
};

const obstacles: ReadonlyMap<string, BotObstacle> = new Map<string, BotObstacle>([
  ['BOT_CODE_ALREADY_TAKEN', 'code-taken'],
  ['BOT_OWNERSHIP_ERROR', 'code-taken'],
  ['APP_ID_ERROR', 'code-taken'],
  ['BOT_LIMIT_EXCEEDED', 'too-many-bots'],
  ['MAX_COUNT_ERROR', 'too-many-bots'],
  ['ERROR_METHOD_NOT_FOUND', 'v2-missing'],
  ['BOT_TOKEN_NOT_SPECIFIED', 'token-missing'],
  ['CLIENT_ID_NOT_SPECIFIED', 'token-missing'],
  ['BOT_TOKEN_INVALID_LENGTH', 'token-refused'],
  ['BOT_WEBHOOK_URL_REQUIRED', 'address-refused'],
  ['BOT_INVALID_CALLBACK', 'address-refused'],
  ['EVENT_COMMAND_ADD_ERROR', 'address-refused'],
  ['EVENT_MESSAGE_ADD_ERROR', 'address-refused'],
  ['EVENT_WELCOME_MESSAGE_ERROR', 'address-refused'],
  ['EVENT_BOT_DELETE_ERROR', 'address-refused'],
  ['EVENT_MESSAGE_UPDATE_ERROR', 'address-refused'],
  ['EVENT_MESSAGE_DELETE_ERROR', 'address-refused'],
  ['BOT_AVATAR_INCORRECT_TYPE', 'avatar-refused'],
  ['BOT_AVATAR_INCORRECT_SIZE', 'avatar-refused'],
  ['BOT_INVALID_TYPE', 'type-refused'],
  ['COMMAND_NAME_INVALID', 'command-refused'],
  ['COMMAND_NAME_EMPTY', 'command-refused'],
  ['COMMAND_TITLE_REQUIRED', 'command-refused'],
  ['COMMAND_ALREADY_EXISTS', 'command-refused'],
  ['COMMAND_REGISTER_FAILED', 'command-refused'],
  ['COMMAND_ERROR', 'command-refused'],
  ['LANG_ERROR', 'command-refused'],
  ['BOT_INVALID_EVENT_MODE', 'not-fetching'],
]);

/** The same refusal with a sentence to act on, and `params.obstacle` for a translated one. Others stay as they are. */
export function explainRefusal(error: unknown, about: string, meaning?: BotObstacle): unknown {
  if (!(error instanceof RefusedError)) return error;
  const obstacle = meaning ?? obstacles.get(error.serviceCode ?? '');
  if (obstacle === undefined) return error;
  const named = about === '' ? '' : `${about}: `;
  const { status, serviceCode, retryAfterMs } = error;
  const code = obstacle === 'code-taken' ? 'BITRIX_BOT_TAKEN' : error.code;
  return new RefusedError(code, `${named}${sentences[obstacle]} (${serviceCode ?? ''})`, {
    ...(status !== undefined && { status }),
    ...(serviceCode !== undefined && { serviceCode }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    params: { ...error.params, obstacle, ...(about !== '' && { about }) },
    cause: error,
  });
}

export function isRefusedWith(error: unknown, ...serviceCodes: readonly string[]): error is RefusedError {
  return error instanceof RefusedError && serviceCodes.includes(error.serviceCode ?? '');
}
