import type { IncomingHttpHeaders } from 'node:http';
import { talkPieces, wavSize, type TalkShape } from '../../shared/audio';
import { listen } from '../../shared/http-listener';
import { sendPieces } from './send-pieces';
import type { Telephony } from './telephony';

/** Stands in for the telephone system that keeps its recordings itself: `<origin>/records/<call id>.wav`. */
export interface RecordHost {
  origin: string;
  requests: readonly { path: string; headers: IncomingHttpHeaders }[];
  stop: () => Promise<void>;
}

export async function startRecordHost(telephony: Pick<Telephony, 'call'>): Promise<RecordHost> {
  const requests: RecordHost['requests'][number][] = [];
  const listener = await listen((request, response) => {
    requests.push({ path: request.target, headers: request.headers });
    const callId = /^\/records\/(.+)\.wav$/.exec(request.url.pathname)?.[1];
    if (callId === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { id, duration } = telephony.call(decodeURIComponent(callId));
    const shape: TalkShape = { seed: id, seconds: Math.max(1, duration - 1), channels: 2 };
    const sending = {
      size: wavSize(shape),
      headers: { 'Content-Type': 'audio/wav' },
      tellsLength: true,
      bytesPerSecond: Infinity,
      fault: undefined,
      ended: () => undefined,
    };
    sendPieces(response, talkPieces(shape), sending).catch(() => response.destroy());
  });
  return { origin: listener.origin, requests, stop: listener.stop };
}
