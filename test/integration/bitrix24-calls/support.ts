import { createFileHttp } from '../../../lib/bitrix24/files/file-http';
import { rowIdOf } from '../../../lib/bitrix24/calls/call';
import {
  createCallFilter,
  type CallFilter,
  type CallFilterSettings,
} from '../../../lib/bitrix24/calls/call-filter';
import {
  createCallHistory,
  type CallHistory,
  type CallHistoryNotice,
} from '../../../lib/bitrix24/calls/history';
import type { RecordingAccess } from '../../../lib/bitrix24/calls/recording';
import { createHttpClient } from '../../../lib/core/http';
import { createRestClient } from '../../../lib/bitrix24/rest/client';
import type { PortalRest } from '../../../lib/bitrix24/rest/portal';
import { webhookCredential } from '../../../lib/bitrix24/rest/webhook-credential';
import type { Portal, PortalOptions } from '../../../sandbox/bitrix24';
import { restBench, type Bench } from '../bitrix24-rest/support';
import { patienceMs } from '../../support/patience';

export const everything: CallFilterSettings = {
  operators: [],
  minSeconds: 0,
  directions: [],
  lines: [],
  onlySuccessful: false,
  withRecord: false,
};

export interface CallScene {
  readonly portal: Portal;
  readonly rest: PortalRest;
  readonly access: RecordingAccess;
  readonly notices: CallHistoryNotice[];
  history(settings?: Partial<CallFilterSettings>): CallHistory;
  filter(settings?: Partial<CallFilterSettings>): CallFilter;
}

export interface CallScenes {
  readonly bench: Bench;
  open(options?: PortalOptions): Promise<CallScene>;
}

/** A portal with a telephone, and what reads its calls. */
export function callScenes(): CallScenes {
  const bench = restBench();
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  async function open(options: PortalOptions = {}): Promise<CallScene> {
    const portal = await bench.portal({ limits: 'off', ...options });
    const http = createHttpClient({
      policy: { origin: 'configured' },
      userAgent: 'bitlane-test',
      timeoutMs: patienceMs,
      maxResponseBytes: 20_000_000,
    });
    const credential = webhookCredential(new URL(portal.webhookUrl));
    const rest = createRestClient({ credential, http, clock: bench.clock });
    const fileHttp = createFileHttp({ origin: portal.origin });
    closing.push(
      () => rest.close(),
      () => http.close(),
      () => fileHttp.close(),
    );
    const notices: CallHistoryNotice[] = [];
    const filter = (settings: Partial<CallFilterSettings> = {}): CallFilter =>
      createCallFilter({ ...everything, ...settings }, () => 180);
    return {
      portal,
      rest,
      notices,
      filter,
      access: { portal: { rest, origin: portal.origin }, http: fileHttp },
      history: (settings) =>
        createCallHistory({
          rest,
          filter: filter(settings),
          onNotice: (notice) => void notices.push(notice),
        }),
    };
  }
  return { bench, open };
}

export const { signal: noStop } = new AbortController();

export async function idsAfter(history: CallHistory, after = 0): Promise<number[]> {
  const ids: number[] = [];
  for await (const page of history.pagesAfter(after, noStop))
    ids.push(...page.map((row) => rowIdOf(row) ?? 0));
  return ids;
}
