/**
 * Every failure the pack reports is one of four kinds. `code` is what a flow can branch on and what the
 * catalogues translate; `message` is the technical detail, in English, and never holds a URL, a header or
 * the parameters of a call.
 */
export const errorCodes = [
  'BITRIX_AUTH',
  'BITRIX_INSTALL_REFUSED',
  'BITRIX_APP_LOST',
  'BITRIX_APP_KEYS',
  'BITRIX_APP_UNPAID',
  'BITRIX_AUTH_SERVER',
  'BITRIX_AUTH_HOST',
  'BITRIX_RATE_LIMIT',
  'BITRIX_REFUSED',
  'BITRIX_UNREACHABLE',
  'BITRIX_BOT_BUSY',
  'BITRIX_BOT_TAKEN',
  'BITRIX_UNCERTAIN',
  'BITRIX_OVERLOADED',
  'BITRIX_PLAN',
  'BITRIX_CONFIRM',
  'BITRIX_MOVED',
  'BITRIX_CALLS_UNSORTED',
  'BITRIX_CALLS_PARTIAL',
  'BITRIX_CALLS_DATES',
  'BITRIX_CALLS_NAMES',
  'BITRIX_CALLS_OLD',
  'BITRIX_RECORDING_DENIED',
  'BITRIX_RECORDING_GONE',
  'BITRIX_RECORDING_NOT_READY',
  'DIFY_AUTH',
  'DIFY_APP',
  'DIFY_MODE',
  'DIFY_MODEL',
  'DIFY_QUOTA',
  'DIFY_RATE_LIMIT',
  'DIFY_REFUSED',
  'DIFY_INPUT',
  'DIFY_INPUT_MISSING',
  'DIFY_INPUT_LONG',
  'DIFY_FIELD_SHORT',
  'DIFY_FILE',
  'DIFY_FORM_CLOSED',
  'DIFY_CONVERSATION',
  'DIFY_FAILED',
  'DIFY_TIMEOUT',
  'DIFY_UNREACHABLE',
  'DIFY_INTERRUPTED',
  'TYPEBOT_CLOSED',
  'TYPEBOT_NOT_FOUND',
  'TYPEBOT_ADDRESS',
  'TYPEBOT_MOVED',
  'TYPEBOT_AUTH',
  'TYPEBOT_ORIGIN',
  'TYPEBOT_RATE_LIMIT',
  'TYPEBOT_REFUSED',
  'TYPEBOT_FAILED',
  'TYPEBOT_SESSION',
  'TYPEBOT_LOOP',
  'TYPEBOT_TIMEOUT',
  'TYPEBOT_UNREACHABLE',
  'TYPEBOT_UNCERTAIN',
  'SPEECHSENSE_AUTH',
  'SPEECHSENSE_KEY_FILE',
  'SPEECHSENSE_DENIED',
  'SPEECHSENSE_NOT_FOUND',
  'SPEECHSENSE_REFUSED',
  'SPEECHSENSE_QUOTA',
  'SPEECHSENSE_TOO_LARGE',
  'SPEECHSENSE_HOST',
  'SPEECHSENSE_TLS',
  'SPEECHSENSE_UNREACHABLE',
  'SPEECHSENSE_TIMEOUT',
  'SPEECHSENSE_FAILED',
  'SPEECHSENSE_UNCERTAIN',
  'SPEECHSENSE_FIELD',
  'SPEECHSENSE_FIELD_MISSING',
  'SPEECHSENSE_ALTERED',
  'SPEECHSENSE_UNREAD',
  'SPEECHSENSE_RECORDING',
  'SPEECHSENSE_ANALYSIS',
  'SPEECHSENSE_NOT_READY',
  'AUDIO_FORMAT',
  'AUDIO_BITS',
  'AUDIO_G711',
  'AUDIO_NOT_RECORDING',
  'AUDIO_EMPTY',
  'AUDIO_UNKNOWN',
  'AUDIO_DAMAGED',
  'AUDIO_CUT',
  'AUDIO_LONG',
  'AUDIO_MONO',
  'AUDIO_CHANNELS',
  'AUDIO_RATE',
  'AUDIO_SWAP',
  'AUDIO_RAW',
  'AUDIO_OGG_SEVERAL',
  'AUDIO_BADGE',
  'ADDRESS_REFUSED',
  'ADDRESS_UNREACHABLE',
  'INPUT_INVALID',
  'CONFIG_MISSING',
  'CONFIG_EMPTY',
  'CONFIG_UNUSABLE',
  'CONFIG_INVALID',
  'CONFIG_CURSOR_TAKEN',
  'SYNC_LIST',
  'SYNC_HALTED',
  'SYNC_ROW_FAILED',
  'SYNC_GIVEN_UP',
  'SYNC_NO_ANSWER',
  'EXPRESSION_FAILED',
  'VARIABLE_UNSET',
  'VARIABLE_WITHIN',
  'EVENT_CONFLICT',
  'EVENT_REFUSED',
  'EVENT_UNWANTED',
  'EVENT_DEAD',
  'EVENT_PASSED_ON',
  'HTTP_OFF',
  'STORE_UNAVAILABLE',
  'STORE_LOCKED',
  'STORE_TAKEN_OVER',
  'STORE_CUT',
  'STORE_DAMAGED',
  'STORE_FOREIGN_FILE',
  'STORE_KEY_LOST',
  'STORE_LEFT_BEHIND',
  'STORE_NETWORK',
  'STORE_REDIS_OLD',
  'STORE_REDIS_EVICTION',
  'STORE_REDIS_VOLATILE',
  'ACTION_TIMEOUT',
  'CANCELLED',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface ErrorDetail {
  /** Values for the translated sentence. Shown to people: no secrets, no message texts. */
  params?: Readonly<Record<string, string | number>>;
  cause?: Error;
}

export abstract class BitlaneError extends Error {
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string | number>>;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause ? { cause: detail.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
    this.params = detail.params ?? {};
  }
}

export interface RefusedDetail extends ErrorDetail {
  status?: number;
  /** The service's own code, for example QUERY_LIMIT_EXCEEDED. */
  serviceCode?: string;
  /** When the service said how long to wait. */
  retryAfterMs?: number;
}

/** The service answered, and the answer was no. */
export class RefusedError extends BitlaneError {
  readonly status: number | undefined;
  readonly serviceCode: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, detail: RefusedDetail = {}) {
    super(code, message, detail);
    this.status = detail.status;
    this.serviceCode = detail.serviceCode;
    this.retryAfterMs = detail.retryAfterMs;
  }
}

/** No valid answer came. `sent: false` means that the service certainly saw nothing. */
export class UnreachableError extends BitlaneError {
  readonly sent: boolean;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail & { sent: boolean }) {
    super(code, message, detail);
    this.sent = detail.sent;
  }
}

/** What we were given cannot be used: a setting, a message, an address. */
export class InvalidError extends BitlaneError {}

/** The work was ended on purpose: a deploy, a stop, a person. */
export class CancelledError extends BitlaneError {
  constructor(message = 'stopped before it was finished') {
    super('CANCELLED', message);
  }
}

export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (typeof thrown === 'string') return new Error(thrown);
  // Some libraries, JSONata among them, throw plain objects.
  const message: unknown =
    typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'message') : undefined;
  return new Error(typeof message === 'string' ? message : 'unknown failure');
}
