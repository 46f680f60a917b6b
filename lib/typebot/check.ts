import { BitlaneError, CancelledError } from '../core/errors';
import { textAt } from '../core/fields';
import { isCloudBuilder } from './address';
import type { TypebotApi } from './api';
import { TypebotRefusal } from './refusal';

/**
 * `builder`: Typebot, but the part where bots are made. `no-typebot`: something else answers. `refused`: `error` says
 * what is in the way.
 */
export type TypebotVerdict =
  | ('ready' | 'closed' | 'not-found' | 'builder' | 'no-typebot' | 'moved')
  | ('denied' | 'unreachable' | 'refused');

export interface TypebotCheck {
  verdict: TypebotVerdict;
  host: string;
  botId: string;
  isPreview: boolean;
  /** Whether a viewer of Typebot says that it is alive. */
  isAlive: boolean;
  /** Of the format in which the bot is kept. */
  version?: string;
  publishedAt?: string;
  /** Where a redirect leads. */
  target?: string;
  /** Behind every verdict but `ready`. */
  error?: BitlaneError;
}

/** Registers a session of the bot, in which nothing is run and of which nothing is kept among its results. */
export async function checkTypebot(api: TypebotApi, signal: AbortSignal): Promise<TypebotCheck> {
  const { base, botId, isPreview } = api.address;
  const [isAlive, outcome] = await Promise.all([
    api.isAlive(signal).catch(() => false),
    api.startChat({ isOnlyRegistering: true }, { signal }).catch(failure),
  ]);
  if (signal.aborted) throw new CancelledError();
  const facts = { host: base.host, botId, isPreview, isAlive };
  if (!(outcome instanceof BitlaneError)) return { ...facts, verdict: 'ready', ...about(outcome) };
  const verdict = await verdictOn(outcome, api, signal);
  const target = textAt(outcome.params, 'target');
  return { ...facts, verdict, ...(target !== undefined && { target }), error: outcome };
}

function failure(error: unknown): BitlaneError {
  if (error instanceof BitlaneError && !(error instanceof CancelledError)) return error;
  throw error;
}

function about(answer: unknown): Pick<TypebotCheck, 'version' | 'publishedAt'> {
  const version = textAt(answer, 'typebot', 'version');
  const publishedAt = textAt(answer, 'typebot', 'publishedAt');
  return {
    ...(version !== undefined && { version }),
    ...(publishedAt !== undefined && { publishedAt }),
  };
}

const verdicts: Readonly<Record<string, TypebotVerdict>> = {
  TYPEBOT_CLOSED: 'closed',
  TYPEBOT_NOT_FOUND: 'not-found',
  TYPEBOT_MOVED: 'moved',
  TYPEBOT_AUTH: 'denied',
  TYPEBOT_UNREACHABLE: 'unreachable',
  TYPEBOT_TIMEOUT: 'unreachable',
};

async function verdictOn(error: BitlaneError, api: TypebotApi, signal: AbortSignal): Promise<TypebotVerdict> {
  if (error.code !== 'TYPEBOT_ADDRESS') return verdicts[error.code] ?? 'refused';
  if (isCloudBuilder(api.address.base) || wantsLogin(error)) return 'builder';
  return (await isBuilder(api, signal)) ? 'builder' : 'no-typebot';
}

function wantsLogin(error: BitlaneError): boolean {
  return error instanceof TypebotRefusal && error.status === 401 && error.serviceCode !== undefined;
}

/** The builder goes on with conversations as well, but only for those who may edit the bot; or it knows no such session. */
async function isBuilder(api: TypebotApi, signal: AbortSignal): Promise<boolean> {
  try {
    await api.continueChat('bitlane-check', { message: null }, { signal });
    return true;
  } catch (error) {
    if (!(error instanceof TypebotRefusal)) return false;
    return wantsLogin(error) || error.kind === 'lost';
  }
}
