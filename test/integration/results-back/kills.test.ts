import assert from 'node:assert/strict';
import { textAt } from '../../../lib/core/fields';
import { startPortal, type Portal } from '../../../sandbox/bitrix24';
import { startSpeechSense, type SpeechSense } from '../../../sandbox/speechsense';
import { createNodeRedProcess, type NodeRedProcess } from '../../faults/node-red-process';
import { until } from '../../support/until';
import { bothFlows, HOUR_MS, knownClient, node, variablesFor } from './results-house';

const COMMENT = 'crm.timeline.comment.add';
const TRANSCRIPT = 'telephony.call.attachTranscription';

/** What its debug nodes hear can be read in the log of the process. */
function spokenFlows(): object[] {
  const spoken = ['errors', 'refusals', 'commented', 'transcribed'].map(node);
  return bothFlows().map((part) =>
    spoken.includes(textAt(part, 'id') ?? '') ? { ...part, console: true } : part,
  );
}

describe('a Node-RED that is killed while results come back', function () {
  let portal: Portal;
  let service: SpeechSense;
  let red: NodeRedProcess;

  beforeEach(async () => {
    portal = await startPortal({ limits: 'off' });
    service = await startSpeechSense({ readyAfterMs: 0 });
    red = await createNodeRedProcess(variablesFor(portal, service));
    await red.start();
    await red.deploy(spokenFlows());
    portal.telephony.addCall(knownClient);
  });
  afterEach(async () => {
    await red.remove();
    await service.stop();
    await portal.stop();
  });

  async function startSync(): Promise<void> {
    // Nobody says when the flows run that were posted; their buttons are there then.
    let isPressed = false;
    const press = async (): Promise<void> => {
      const { ok } = await fetch(`${red.url}/inject/bitlane-calls-start`, { method: 'POST' });
      isPressed ||= ok;
    };
    while (!isPressed) await press();
  }
  const arrived = (method: string, count = 1): Promise<void> =>
    until(
      () => portal.calls.filter((call) => call.method === method).length >= count,
      `${method} at the portal`,
    );
  async function killAndRestart(): Promise<() => string> {
    red.kill9();
    await red.ended();
    const from = red.log().length;
    await red.start();
    return () => red.log().slice(from);
  }
  const written = (): number[] => [portal.timeline.length, portal.telephony.transcripts.length];

  it('finds what was waited for', async () => {
    service.setTimes({ readyAfterMs: HOUR_MS });
    await startSync();
    await until(() => service.callsOf('Get').length > 0, 'the first look');
    service.setTimes({ readyAfterMs: 0 });
    await killAndRestart();
    await until(() => written().join() === '1,1', `what is written: ${written().join()}`);
  });

  it('writes nothing twice that the portal may have, and says so', async () => {
    portal.failNext({ method: COMMENT, with: 'stall' });
    portal.failNext({ method: TRANSCRIPT, with: 'stall' });
    await startSync();
    await arrived(COMMENT);
    await arrived(TRANSCRIPT);
    const log = await killAndRestart();
    await until(() => (log().match(/BITRIX_UNCERTAIN/g) ?? []).length >= 2, 'both errors');
    assert.deepEqual(written(), [1, 1]);
    assert.equal(portal.calls.filter(({ method }) => method === COMMENT).length, 1);
  });

  it('goes on where it was, between the comment and the transcript', async () => {
    portal.failNext({ method: TRANSCRIPT, with: 'stall' });
    await startSync();
    await until(() => /once: 'done'/.test(red.log()), 'the comment');
    await arrived(TRANSCRIPT);
    const log = await killAndRestart();
    await until(() => /once: 'done before'/.test(log()), 'the comment of before');
    await until(() => /BITRIX_UNCERTAIN/.test(log()), 'the error of the transcript');
    assert.deepEqual(written(), [1, 1]);
  });

  it('is no worse off for being killed at any moment', async () => {
    service.setTimes({ readyAfterMs: HOUR_MS });
    for (let count = 1; count < 10; count += 1) portal.telephony.addCall(knownClient);
    await startSync();
    await until(() => service.talks.length === 10, 'the talks');
    await until(() => service.callsOf('Get').length > 0, 'a look');
    service.setTimes({ readyAfterMs: 0 });
    await killAndRestart();
    // What was on its way at a kill may never arrive, and then is told as an error instead.
    const unsure = (): number => (red.log().match(/BITRIX_UNCERTAIN/g) ?? []).length;
    for (const count of [1, 4]) {
      await until(() => portal.timeline.length + unsure() >= count, `${count} comments`);
      await killAndRestart();
    }
    const isThrough = (): boolean =>
      portal.timeline.length + portal.telephony.transcripts.length + unsure() >= 20;
    await until(isThrough, `all results: ${written().join()}`);
    const calls = portal.telephony.transcripts.map(({ callId }) => callId);
    assert.equal(new Set(calls).size, calls.length);
    assert.ok(portal.timeline.length <= 10, `${portal.timeline.length} comments`);
  });
});
