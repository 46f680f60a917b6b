import { RefusedError } from '../../lib/core/errors';
import { readCall } from '../../lib/bitrix24/calls/call';
import { checkPortal } from '../../lib/bitrix24/rest/check-portal';
import { rowsOf, statistics } from '../../lib/bitrix24/calls/statistics';
import type { PortalRest } from '../../lib/bitrix24/rest/portal';

/** What the person may do in whose name the portal is asked. */
export interface CallRights {
  /** Nobody is told that calls are left out, so this alone hints at it: administrators see all of them. */
  readonly seesAll: boolean;
  /** Undefined: there was no recording to try. */
  readonly opensRecordings: boolean | undefined;
}

/** Three or four requests. Rejects when the portal cannot be asked. */
export async function lookAtRights(
  rest: Pick<PortalRest, 'ask' | 'call'>,
  signal: AbortSignal,
): Promise<CallRights> {
  const { isAdmin } = await checkPortal(rest, signal);
  if (isAdmin) return { seesAll: true, opensRecordings: true };
  const fileIds = await latestRecordings(rest, signal);
  const opened = await Promise.all(fileIds.map((id) => opens(rest, id, signal)));
  // Each operator may open the recordings of the own calls, so one that opens proves nothing.
  return { seesAll: false, opensRecordings: fileIds.length === 0 ? undefined : opened.every(Boolean) };
}

const MOST_TRIED = 3;

async function latestRecordings(rest: Pick<PortalRest, 'ask'>, signal: AbortSignal): Promise<number[]> {
  const params = { FILTER: { CALL_FAILED_CODE: '200' }, SORT: 'ID', ORDER: 'DESC', start: -1 };
  const { result } = await rest.ask(statistics, params, { idempotent: true, signal });
  const fileIds = rowsOf(result).flatMap((row) => readCall(row)?.recordFileId ?? []);
  return fileIds.slice(0, MOST_TRIED);
}

/** False only for want of a right: a recording that was deleted says nothing. */
async function opens(rest: Pick<PortalRest, 'call'>, id: number, signal: AbortSignal): Promise<boolean> {
  try {
    await rest.call('disk.file.get', { id }, { idempotent: true, signal });
    return true;
  } catch (error) {
    if (error instanceof RefusedError && error.serviceCode === 'ACCESS_DENIED') return false;
    if (error instanceof RefusedError && error.serviceCode === 'ERROR_NOT_FOUND') return true;
    throw error;
  }
}
