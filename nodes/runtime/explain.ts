import { BitlaneError, RefusedError, UnreachableError, type ErrorCode } from '../../lib/core/errors';
import { DifyRunError } from '../../lib/dify/answer';
import { packRedactor } from './redactor';

export type Translate = (key: string, params?: Readonly<Record<string, string | number>>) => string;

/** What a Catch node and the log get: a sentence a person can act on, then the technical detail, no secret. */
export interface FlowError extends Error {
  code: string;
  /** Whoever was asked may have done it all the same. */
  isUnclear: boolean;
  /** Of the service's answer, when it answered. */
  status?: number;
}

export function explain(failure: Error, translate: Translate, nodeType: string): FlowError {
  const code = codeOf(failure);
  const detail = packRedactor.text(failure.message);
  const sentence = sentenceOn(failure, translate, nodeType);
  const shown = new Error(sentence === undefined ? detail : withDetail(sentence, detail, code));
  shown.name = failure.name;
  // Where in the pack it happened helps nobody but us, and only when it was not foreseen.
  const frames =
    code === 'INTERNAL' ? packRedactor.text(failure.stack ?? '').replace(/^[^]*?(?=\n {4}at )/, '') : '';
  shown.stack = `${shown.name}: ${shown.message}${frames}`;
  const status = failure instanceof RefusedError ? failure.status : undefined;
  return Object.assign(shown, {
    code,
    isUnclear: isUnclear(failure),
    ...(status !== undefined && { status }),
  });
}

/**
 * After 504 and 524 a proxy has stopped waiting, and nothing else has stopped. A run that failed in its midst may have
 * done half of its work, whatever it failed of.
 */
function isUnclear(failure: Error): boolean {
  if (failure instanceof UnreachableError) return failure.sent;
  if (failure instanceof DifyRunError && failure.hasBegun) return true;
  return failure instanceof RefusedError && (failure.status === 504 || failure.status === 524);
}

/**
 * For the dialog whose button was pressed: the sentence alone, since the detail is in English. What stays is the bare
 * code of a service or of the network, which is the same in every language and can be looked up.
 */
export function explainInDialog(failure: Error, translate: Translate, nodeType: string): string {
  const sentence = sentenceOn(failure, translate, nodeType);
  const code = codeOf(failure);
  if (sentence === undefined || code === 'INTERNAL') return explain(failure, translate, nodeType).message;
  const reason = failure instanceof BitlaneError ? bareCodeIn(failure) : undefined;
  if (reason === undefined || tellsAll.has(code) || sentence.includes(reason)) return sentence;
  return `${sentence} (${reason})`;
}

function codeOf(failure: Error): ErrorCode {
  return failure instanceof BitlaneError ? failure.code : 'INTERNAL';
}

function bareCodeIn({ params, cause }: BitlaneError): string | undefined {
  const reason = String(params['reason'] ?? '');
  if (/^[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*$/.test(reason)) return packRedactor.text(reason);
  return cause instanceof BitlaneError ? bareCodeIn(cause) : undefined;
}

/** Undefined where there are no catalogues, as in a test without them. */
function sentenceOn(failure: Error, translate: Translate, nodeType: string): string | undefined {
  const code = codeOf(failure);
  const params = failure instanceof BitlaneError ? { ...failure.params } : {};
  // A person knows a setting by the label in its dialog.
  if (params.property !== undefined) {
    params.property = lookUp(translate, `${nodeType}.label.${params.property}`) ?? params.property;
  }
  if (params.because !== undefined) {
    params.why = lookUp(translate, `bitlane.brief.${params.because}`) ?? params.why ?? '';
  }
  if (code === 'CONFIG_INVALID' && params.why !== undefined) {
    params.expected = lookUp(translate, `bitlane.expected.${params.why}`, params) ?? params.expected ?? '';
  }
  if (params.mode !== undefined) {
    params.mode = lookUp(translate, `bitlane.difyMode.${params.mode}`) ?? params.mode;
  }
  if (code === 'DIFY_TIMEOUT' && params.setting !== undefined) {
    // The label of another node, which the texts of this one do not have.
    params.setting = lookUp(translate, `bitlane.difyLimit.${params.timer}`) ?? params.setting;
  }
  if (code === 'SPEECHSENSE_KEY_FILE') params.reason = keyFileFault(failure, translate);
  if (code === 'ADDRESS_REFUSED' && params.fault !== undefined) {
    const told = sentenceOnAddress(params, translate, nodeType);
    if (told !== undefined) return told;
  }
  return lookUp(translate, `bitlane.error.${code}`, params);
}

/** What is wrong with a key file, without the sentence around it. */
export function keyFileFault(failure: Error, translate: Translate): string {
  const params = failure instanceof BitlaneError ? { ...failure.params } : {};
  return lookUp(translate, `bitlane.keyFile.${params.fault}`, params) ?? failure.message;
}

type Params = Record<string, string | number>;

/** Where the node can allow private networks, that tick is named as its dialog does. */
function sentenceOnAddress(params: Params, translate: Translate, nodeType: string): string | undefined {
  const tick = lookUp(translate, `${nodeType}.label.allowPrivateNetwork`);
  const fault = params['fault'] === 'private' && tick === undefined ? 'received' : params['fault'];
  const sentence = lookUp(translate, `bitlane.address.${fault}`, { ...params, tick: tick ?? '' });
  if (sentence === undefined || params['property'] === undefined) return sentence;
  const field = lookUp(translate, 'bitlane.address.field', params);
  return field === undefined ? sentence : `${field} ${sentence}`;
}

/** Their sentences say already all that there is. */
const tellsAll: ReadonlySet<ErrorCode> = new Set([
  ...(['VARIABLE_UNSET', 'VARIABLE_WITHIN', 'CONFIG_EMPTY', 'CONFIG_INVALID', 'ADDRESS_REFUSED'] as const),
  'SPEECHSENSE_KEY_FILE',
]);

function withDetail(sentence: string, detail: string, code: ErrorCode): string {
  return tellsAll.has(code) ? sentence : `${sentence} (${detail})`;
}

/** A missing key comes back as it is, with or without its namespace. */
export function lookUp(translate: Translate, key: string, params?: Params): string | undefined {
  const text = translate(key, params);
  return text === key || text.endsWith(`:${key}`) ? undefined : text;
}
