import type { Masking } from './masking';
import type { Params } from '../shared/params';

export interface CallRecord {
  method: string;
  /** Without secrets. */
  params: unknown;
  /** 0 when no answer was given. */
  status: number;
  error?: string;
  /** The ordered failure that hit it. */
  fault?: string;
  auth: 'webhook' | 'app' | 'none';
  /** Part of a `batch`; its batch has the same `httpRequest`. */
  inBatch: boolean;
  /** Which HTTP request it came with, counted from 1. */
  httpRequest: number;
  httpMethod: string;
  userAgent: string;
  at: number;
  /** Without secrets; where the portal was told to keep it. */
  answer?: unknown;
}

export interface CallLog {
  readonly calls: readonly CallRecord[];
  add: (record: Omit<CallRecord, 'params'> & { params: Params }) => void;
}

export function createCallLog(
  masking: Masking,
  noted: (record: CallRecord) => void,
  { keptCalls = Infinity, keepsAnswers = false }: { keptCalls?: number; keepsAnswers?: boolean } = {},
): CallLog {
  const calls: CallRecord[] = [];
  return {
    calls,
    add({ answer, ...record }) {
      const masked: CallRecord = {
        ...record,
        params: masking.clean(record.params),
        ...(keepsAnswers && { answer: masking.clean(answer) }),
      };
      calls.push(masked);
      if (calls.length > keptCalls) calls.splice(0, calls.length - keptCalls);
      noted(masked);
    },
  };
}
