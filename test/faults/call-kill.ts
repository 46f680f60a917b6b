import { textAt } from '../../lib/core/fields';
import type { CallRecord, Portal } from '../../sandbox/bitrix24';
import { createGate, type Fault, type SpeechSense } from '../../sandbox/speechsense';
import type { CallReports } from './call-reports';
import type { NodeRedProcess } from './node-red-process';
import { patienceMs } from '../support/patience';
import { until } from '../support/until';

export const callKillPoints = [
  'while the history is listed',
  'while late calls are written down',
  'while names are asked for',
  'while the recording is asked for',
  'while the recording is downloaded',
  'while the recording is uploaded',
  'after the hand-over, and no talk was made',
  'after the hand-over, and the talk was made',
  'after the answer, before the flow has ended',
  'after the flow has ended, while the place is written',
  'while a failed call is written down',
] as const;
export type CallKillPoint = (typeof callKillPoints)[number];

const statistics = 'voximplant.statistic.get';
const patience = { timeoutMs: patienceMs };

export interface Scaffold {
  readonly portal: Portal;
  readonly service: SpeechSense;
  readonly reports: CallReports;
  readonly nodeRed: NodeRedProcess;
  /** The first call of the round. */
  readonly target: number;
  readonly mono: number;
  readonly random: () => number;
}

/** Starts the work and resolves when the process was killed. */
export async function dieAt(point: CallKillPoint, scaffold: Scaffold): Promise<void> {
  const { portal, reports, nodeRed, random } = scaffold;
  const start = (): Promise<void> => press(nodeRed, 'bitlane-calls-start');
  const from = portal.calls.length;
  const asked = (method: string): Promise<CallRecord> =>
    portal.waitForCall(
      (call) => call.method === method && isPage(call) && portal.calls.indexOf(call) >= from,
      patience,
    );
  const kill = async (most: number): Promise<void> => {
    const turns = Math.floor(random() * most);
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    nodeRed.kill9();
  };
  const dieWhenAsked = async (method: string, turns: number): Promise<void> => {
    const call = asked(method);
    await start();
    await call;
    await kill(turns);
  };
  const dieAtUpload = async (fault: Omit<Fault, 'hold'>): Promise<void> => {
    const hold = createGate();
    scaffold.service.script({ ...fault, hold });
    await start();
    await hold.arrived;
    nodeRed.kill9();
  };

  switch (point) {
    case 'while the history is listed':
      portal.failNext({ method: statistics, with: 'hang' });
      return dieWhenAsked(statistics, 1);
    case 'while late calls are written down':
      return dieWhenAsked(statistics, 40);
    case 'while names are asked for':
      portal.failNext({ method: 'user.get', with: 'hang' });
      return dieWhenAsked('user.get', 1);
    case 'while the recording is asked for':
      portal.failNext({ method: 'disk.file.get', with: 'hang' });
      return dieWhenAsked('disk.file.get', 1);
    case 'while the recording is downloaded':
      portal.telephony.setDownloads({ bytesPerSecond: 50_000 });
      return dieWhenAsked('download', 40);
    case 'while the recording is uploaded':
      return dieAtUpload({ when: 1, drop: true });
    case 'after the hand-over, and no talk was made':
      return dieAtUpload({ when: 'end', drop: true });
    case 'after the hand-over, and the talk was made':
      return dieAtUpload({ keeps: true });
    case 'after the answer, before the flow has ended':
      return untilKilled((die) => (reports.onUploaded = die), nodeRed, start);
    case 'after the flow has ended, while the place is written':
      return untilKilled(
        (die) => {
          reports.onAnswered = () => void kill(30).then(die, die);
        },
        nodeRed,
        start,
      );
    case 'while a failed call is written down': {
      const fileId = portal.telephony.call(scaffold.mono).record?.fileId;
      const downloaded = portal.waitForCall(
        (call) =>
          call.method === 'download' &&
          portal.calls.indexOf(call) >= from &&
          textAt(call.params, 'fileId') === String(fileId),
        patience,
      );
      await start();
      await downloaded;
      return kill(60);
    }
  }
}

async function untilKilled(
  arm: (die: () => void) => void,
  nodeRed: NodeRedProcess,
  start: () => Promise<void>,
): Promise<void> {
  const killed = new Promise<void>((resolve) => {
    arm(() => {
      nodeRed.kill9();
      resolve();
    });
  });
  await start();
  await killed;
}

/** A button of the flow, which a deploy may just be making. The process may be gone before it has answered. */
export async function press(nodeRed: NodeRedProcess, button: string): Promise<void> {
  const url = `${nodeRed.url}/inject/${button}`;
  const ask = (): Promise<Response | undefined> => fetch(url, { method: 'POST' }).catch(() => undefined);
  await until(async () => (await ask())?.status !== 404, `the button ${button}`);
}

/** Before the history itself the portal is asked for one of its rows, which tells how its clocks go. */
function isPage({ method, inBatch }: CallRecord): boolean {
  return method !== statistics || !inBatch;
}
