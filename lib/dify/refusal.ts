import { at, textAt } from '../core/fields';
import { RefusedError, type ErrorCode } from '../core/errors';
import { cleanDescription, type HiddenTexts } from '../core/hidden-texts';

export interface RefusalFacts {
  readonly status: number;
  readonly serviceCode?: string | undefined;
  /** Dify's own words, or the beginning of a proxy's page. */
  readonly words: string;
  readonly retryAfterMs?: number | undefined;
}

/** The envelope of an error: a body of the answer, or an `error` event in a stream. */
export function factsOf(envelope: unknown, status: number, retryAfterMs?: number): RefusalFacts {
  const code = textAt(envelope, 'code');
  const own = Number(textAt(envelope, 'status') ?? status);
  return {
    status: Number.isInteger(own) && own >= 400 ? own : status,
    serviceCode: code !== undefined && /^[\w.-]{1,100}$/.test(code) ? code : undefined,
    words: textAt(envelope, 'message') ?? wordsOf(at(envelope, 'params')),
    retryAfterMs,
  };
}

export function refusalOf(what: string, facts: RefusalFacts, hidden: HiddenTexts): RefusedError {
  const { status, serviceCode, words, retryAfterMs } = facts;
  const reason = serviceCode ?? `HTTP ${status}`;
  const detail = cleanDescription(words, hidden);
  const told = serviceCode === undefined ? reason : `${status} ${reason}`;
  return new RefusedError(codeOf(facts), `${what}: ${told}${detail === '' ? '' : `: ${detail}`}`, {
    status,
    ...(serviceCode === undefined ? {} : { serviceCode }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    params: { reason, detail: detail === '' ? reason : detail, mode: reason, ...variableOf(words) },
  });
}

/** What another try, later and unchanged, may get a yes for; `never` has more than one reason in Dify. */
export type Repeatability = 'when-less-busy' | 'once' | 'never';

/** By the table of Dify's errors. A 504 or 524 comes from a proxy that gave up on a run that goes on. */
export function repeatability({ status, serviceCode }: RefusedError): Repeatability {
  if (status === 429) return serviceCode === 'rate_limit_error' ? 'never' : 'when-less-busy';
  if (status === 500) return serviceCode === 'internal_server_error' ? 'once' : 'never';
  return status === 502 || status === 503 ? 'once' : 'never';
}

const codes: Readonly<Record<string, ErrorCode>> = {
  unauthorized: 'DIFY_AUTH',
  forbidden: 'DIFY_APP',
  app_unavailable: 'DIFY_APP',
  agent_not_published: 'DIFY_APP',
  not_chat_app: 'DIFY_MODE',
  not_workflow_app: 'DIFY_MODE',
  not_completion_app: 'DIFY_MODE',
  provider_not_initialize: 'DIFY_MODEL',
  model_currently_not_support: 'DIFY_MODEL',
  completion_request_error: 'DIFY_MODEL',
  provider_quota_exceeded: 'DIFY_QUOTA',
  rate_limit_error: 'DIFY_QUOTA',
  conversation_completed: 'DIFY_CONVERSATION',
  too_many_requests: 'DIFY_RATE_LIMIT',
  no_file_uploaded: 'DIFY_FILE',
  too_many_files: 'DIFY_FILE',
  filename_not_exists_error: 'DIFY_FILE',
  file_too_large: 'DIFY_FILE',
  file_access_denied: 'DIFY_FILE',
  unsupported_file_type: 'DIFY_FILE',
  audio_too_large: 'DIFY_FILE',
  unsupported_audio_type: 'DIFY_FILE',
  human_input_form_submitted: 'DIFY_FORM_CLOSED',
  human_input_form_expired: 'DIFY_FORM_CLOSED',
};
const codesByStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'DIFY_AUTH',
  413: 'DIFY_FILE',
  415: 'DIFY_FILE',
  429: 'DIFY_RATE_LIMIT',
  // A proxy's own; what stands behind it did not answer.
  502: 'DIFY_UNREACHABLE',
  503: 'DIFY_UNREACHABLE',
  504: 'DIFY_UNREACHABLE',
  524: 'DIFY_UNREACHABLE',
};

/** Some releases write more behind the sentence, and inside a stream the code may be another. */
const lostConversation = /conversation not exists|conversation_id must be a valid uuid/i;
const tooLong = /(\S{1,100}) in input form must be less than (\d{1,9}) characters/;
const missing = /(\S{1,100}) is required in input form/;
const otherwiseUnfit = /(\S{1,100}) in input form must be /;
const wrongFile = /invalid upload file|file validation failed|number of files exceeds/i;

function codeOf({ status, serviceCode, words }: RefusalFacts): ErrorCode {
  if (lostConversation.test(words)) return 'DIFY_CONVERSATION';
  if (tooLong.test(words)) return 'DIFY_INPUT_LONG';
  if (missing.test(words)) return 'DIFY_INPUT_MISSING';
  if (otherwiseUnfit.test(words)) return 'DIFY_INPUT';
  if (wrongFile.test(words)) return 'DIFY_FILE';
  if (/workflow not published/i.test(words)) return 'DIFY_APP';
  const known =
    serviceCode !== undefined && Object.hasOwn(codes, serviceCode) ? codes[serviceCode] : undefined;
  return known ?? codesByStatus[status] ?? 'DIFY_REFUSED';
}

function variableOf(words: string): Record<string, string | number> {
  const [, variable, limit] = tooLong.exec(words) ?? missing.exec(words) ?? otherwiseUnfit.exec(words) ?? [];
  if (variable === undefined || !/^[\p{L}\p{N}_.-]+$/u.test(variable)) return {};
  return { variable, ...(limit === undefined ? {} : { limit: Number(limit) }) };
}

function wordsOf(params: unknown): string {
  return typeof params === 'string' ? params : '';
}
