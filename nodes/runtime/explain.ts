import { BitlaneError, RefusedError, UnreachableError } from '../../lib/core/errors';
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
  const code = failure instanceof BitlaneError ? failure.code : 'INTERNAL';
  const params = failure instanceof BitlaneError ? { ...failure.params } : {};
  const detail = packRedactor.text(failure.message);
  // A person knows a setting by the label in its dialog.
  if (params.property !== undefined) {
    params.property = lookUp(translate, `${nodeType}.label.${params.property}`) ?? params.property;
  }
  const sentence = lookUp(translate, `bitlane.error.${code}`, params);
  const shown = new Error(sentence === undefined ? detail : `${sentence} (${detail})`);
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

/** A missing key comes back as it is, with or without its namespace. */
function lookUp(
  translate: Translate,
  key: string,
  params?: Record<string, string | number>,
): string | undefined {
  const text = translate(key, params);
  return text === key || text.endsWith(`:${key}`) ? undefined : text;
}
