import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lib/core/clock';
import { entriesAt, idAt, textAt } from '../../lib/core/fields';
import { startPortal } from '../../sandbox/bitrix24';
import { speechSenseEnvironment } from '../../sandbox/environment';
import { startSpeechSense } from '../../sandbox/speechsense';
import { shippedFlow } from '../integration/bitrix24-nodes/shipped';
import { until } from '../support/until';
import { dieAt, press, type CallKillPoint } from './call-kill';
import { startCallReports, type Report } from './call-reports';
import { createNodeRedProcess } from './node-red-process';

/** Of the calls of a round. */
export interface CallRound {
  wanted: number;
  missing: number;
  doubled: number;
  /** Calls that belong on the failed list and are not there exactly once. */
  misfiled: number;
}

/** A portal, a SpeechSense, and a Node-RED between them that is killed again and again. */
export interface CallLane {
  round(point: CallKillPoint, random: () => number): Promise<CallRound>;
  stop(): Promise<void>;
}

interface Calls {
  readonly good: readonly number[];
  /** Its recording comes after the restart. */
  readonly late: number;
  /** Of one channel, which the connection does not take. */
  readonly mono: number;
}

export async function openCallLane(): Promise<CallLane> {
  const portal = await startPortal({ limits: 'off' });
  let hours = 0;
  // The service lives in the same hours as those who call it.
  const clock = { ...systemClock, now: () => Date.now() + hours * 3600_000 };
  const service = await startSpeechSense({ clock });
  const reports = await startCallReports();
  const folder = mkdtempSync(join(tmpdir(), 'bitlane-hours-'));
  const hoursFile = join(folder, 'hours');
  writeFileSync(hoursFile, '0');
  const nodeRed = await createNodeRedProcess({
    ...speechSenseEnvironment(service),
    BITRIX_WEBHOOK_URL: portal.webhookUrl,
    SYNC_FROM_DATE: new Date(Date.now() - 30 * 24 * 60 * 60_000).toISOString().slice(0, 10),
    REPORTS_URL: reports.url,
    BITLANE_HOURS_AHEAD: hoursFile,
    NODE_OPTIONS: `--require ${join(__dirname, 'later-clock.cjs')}`,
  });
  await nodeRed.start();
  await nodeRed.deploy(flowUnderTest());

  function addCalls(): Calls {
    const { telephony } = portal;
    // Somebody whose name was not asked for yet.
    const operatorId = portal.addUser().id;
    const good = (): number => telephony.addCall({ duration: 31, operatorId, record: { seconds: 3 } }).id;
    const before = [good(), good()];
    const late = telephony.addCall({ duration: 31, record: 'none' }).id;
    const mono = telephony.addCall({ duration: 31, record: { seconds: 3, channels: 1 } }).id;
    return { good: [...before, good(), good(), good()], late, mono };
  }

  const talksOf = (id: number): number =>
    service.talks.filter(({ fields }) => fields['id'] === String(id)).length;

  /** Starts again, and goes on until nothing is left to wait for. */
  async function finish({ late }: Calls): Promise<void> {
    await nodeRed.start();
    portal.telephony.attachRecord(late, { seconds: 3 });
    let report = await runOf('bitlane-calls-start');
    for (let turn = 0; turn < 4 && report['lateNow'] !== 0; turn += 1) {
      hours += 1;
      writeFileSync(hoursFile, String(hours));
      report = await runOf('bitlane-calls-late');
    }
  }

  /** The rows in the failed list, which is empty afterwards. */
  async function takeFailed(): Promise<number[]> {
    const { failedRows } = await statusAfter('bitlane-calls-status');
    await statusAfter('bitlane-calls-drop');
    return entriesAt({ failedRows }, 'failedRows').map((row) => idAt(row, 'id') ?? 0);
  }

  /** There are runs by the schedule as well, whose reports come at any time. */
  const runOf = (button: string): Promise<Report> => answerTo(button, ({ by }) => by === 'person');
  const statusAfter = (button: string): Promise<Report> =>
    answerTo(button, ({ report }) => report === 'status');

  async function answerTo(button: string, isAnswer: (report: Report) => boolean): Promise<Report> {
    const before = reports.all.length;
    await press(nodeRed, button);
    const answer = (): Report | undefined => reports.all.slice(before).find(isAnswer);
    await until(() => answer() !== undefined, `the answer to ${button}`);
    return answer() ?? assert.fail();
  }

  return {
    async round(point, random) {
      const calls = addCalls();
      const [target = 0] = calls.good;
      await dieAt(point, { portal, service, reports, nodeRed, target, mono: calls.mono, random });
      await nodeRed.ended();
      reports.onUploaded = () => undefined;
      reports.onAnswered = () => undefined;
      portal.clearFaults();
      portal.telephony.setDownloads({ bytesPerSecond: Infinity });
      service.clearScripts();
      await finish(calls);
      const failed = await takeFailed();
      const wanted = [...calls.good, calls.late];
      const counts = wanted.map(talksOf);
      return {
        wanted: wanted.length,
        missing: counts.filter((count) => count === 0).length,
        doubled: counts.filter((count) => count > 1).length,
        misfiled: failed.length === 1 && failed[0] === calls.mono && talksOf(calls.mono) === 0 ? 0 : 1,
      };
    },
    async stop() {
      await nodeRed.remove();
      await reports.stop();
      await service.stop();
      await portal.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The shipped flow, with ears at its ends. */
function flowUnderTest(): object[] {
  const onCanvas = { z: 'bitlane-calls-flow', x: 100, y: 600 };
  const request = (id: string): object => ({
    ...onCanvas,
    ...{ id, type: 'http request', method: 'POST', ret: 'txt', url: '', senderr: true, wires: [[]] },
  });
  const tell = (id: string, path: string, body: string, to: string): object => ({
    ...onCanvas,
    ...{ id, type: 'function', outputs: 1, wires: [[to]] },
    func: `return { url: env.get('REPORTS_URL') + '${path}', method: 'POST', payload: ${body}, _msgid: msg._msgid };`,
  });
  const changed = shippedFlow('SpeechSense/1 Call sync.json').map((node): object => {
    switch (textAt(node, 'id') ?? '') {
      case 'bitlane-calls-source':
        return { ...node, wires: [['bitlane-calls-upload'], ['summary']] };
      case 'bitlane-calls-upload':
        return { ...node, method: 'stream', wires: [['uploaded']] };
      case 'bitlane-portal':
        return { ...node, plan: 'enterprise' };
      case 'bitlane-calls-retry':
        return { ...node, id: 'bitlane-calls-late', payload: '{"action":"late"}' };
      case 'bitlane-calls-stop':
        return { ...node, id: 'bitlane-calls-drop', payload: '{"action":"drop"}' };
      default:
        return node;
    }
  });
  return [
    ...changed,
    tell('uploaded', '/uploaded', 'msg.call.callId', 'telling'),
    tell('summary', '/summary', 'msg.payload', 'summing'),
    ...['telling', 'summing'].map(request),
  ];
}
