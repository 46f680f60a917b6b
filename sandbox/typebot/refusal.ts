import type { Fields } from './blocks';

export type ErrorShape = 'current' | 'old';

const codes = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  408: 'TIMEOUT',
  413: 'PAYLOAD_TOO_LARGE',
  500: 'INTERNAL_SERVER_ERROR',
} as const;
export type RefusalStatus = keyof typeof codes;

/** What an endpoint throws to answer no. */
export class TypebotRefusal extends Error {
  constructor(
    readonly status: RefusalStatus,
    message: string,
    readonly detail?: Fields,
  ) {
    super(message);
  }
}

export function badRequest(message: string, detail?: Fields): TypebotRefusal {
  return new TypebotRefusal(400, message, detail);
}

export function notFound(message: string): TypebotRefusal {
  return new TypebotRefusal(404, message);
}

export function brokenSession(message: string): TypebotRefusal {
  return new TypebotRefusal(500, message);
}

export const sessionNotFound = 'Session not found.';
export const sessionExpired = 'Session expired. You need to start a new session.';
export const botClosed = 'This bot is now closed';

/** Until 3.14 there was neither a status nor a `defined`. */
export function envelope({ status, message, detail }: TypebotRefusal, shape: ErrorShape): Fields {
  const code = codes[status];
  if (shape === 'old') return { message, code, ...detail };
  return { defined: false, code, status, message, ...(detail ? { data: detail } : {}) };
}
