import type { CrmParts } from './crm/crm';
import type { Courier } from './deliveries';
import type { Downloads } from './downloads';
import type { Happening } from './happenings';
import type { Params } from '../shared/params';
import type { SessionLife } from './session-life';
import type { Bot, Message, PortalState } from './state';
import type { TelephonyParts } from './telephony/telephony';

/** Who is calling, as the portal worked it out from the request. */
export type Caller =
  | { kind: 'webhook'; userId: number; scopes: readonly string[]; admin: boolean }
  | { kind: 'app'; clientId: string; userId: number; scopes: readonly string[]; admin: boolean };

export interface MethodCall {
  method: string;
  params: Params;
  caller: Caller;
}

/** `total` and `next` stand beside the result in the answer of a list. */
export interface MethodAnswer {
  result: unknown;
  total?: number;
  next?: number;
}

export interface Method {
  /** Every scope of at least one of these sets; none: always allowed. */
  scopes?: readonly (readonly string[])[];
  /** `app`: not through an incoming webhook. */
  auth?: 'app';
  /** File methods are refused inside a batch. */
  inBatch?: 'refused';
  run: (call: MethodCall) => MethodAnswer;
}

export type MethodTable = Readonly<Record<string, Method>>;

/** What the methods work on. */
export interface PortalCore {
  state: PortalState;
  courier: Courier;
  /** Sends events without keeping the call waiting. */
  announce: (bots: readonly Bot[], happening: Happening) => void;
  /** Tells the other bots that hear of the chat, and whoever waits in a test. */
  said: (message: Message) => void;
  changed: (message: Message, kind: 'edit' | 'delete') => void;
  downloads: Downloads;
  sessions: SessionLife;
  /** This text is a secret: no record shows it. */
  hide: (secret: string) => void;
  telephony: TelephonyParts;
  crm: CrmParts;
}

export const done: MethodAnswer = { result: { result: true } };
export const yes: MethodAnswer = { result: true };

/** Every method of the table needs these scopes. */
export function scoped(scopes: readonly string[], table: MethodTable): MethodTable {
  return Object.fromEntries(
    Object.entries(table).map(([name, method]) => [name, { scopes: [scopes], ...method }]),
  );
}
