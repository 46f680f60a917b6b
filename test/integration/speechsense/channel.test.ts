import assert from 'node:assert/strict';
import { grpcOptions } from '../../../lib/speechsense/channel';
import { usualLimits } from '../../../lib/speechsense/send-audio';
import type { CallRecord } from '../../../sandbox/speechsense';
import { callFields, chat, chatFields, rules, sourceOf, speechSenseBench, wavOf } from './support';

const kib = 1024;
const mib = 1024 * kib;
const secondMs = 1000;

/** As gRPC writes a deadline into the header: a number and a unit. */
const unitsMs: Readonly<Record<string, number>> = { H: 3600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

function timeLeftMs(call: CallRecord | undefined): number {
  const [, amount, unit = ''] = /^(\d+)([HMSmun])$/.exec(String(call?.headers['grpc-timeout'])) ?? [];
  const unitMs = unitsMs[unit] ?? assert.fail('the call has no deadline');
  return Number(amount) * unitMs;
}

/** What was left of it when the call went out: never more, and here hardly less. */
function assertDeadline(call: CallRecord | undefined, wantedMs: number, graceMs = 0): void {
  const left = timeLeftMs(call);
  const isFit = left <= wantedMs + graceMs && left > wantedMs - 0.9 * secondMs;
  assert.ok(isFit, `${left} ms instead of ${wantedMs} ms`);
}

describe('the channel to speechsense', () => {
  const bench = speechSenseBench();

  it('keeps a quiet connection alive, repeats nothing by itself and takes no proxy', () => {
    const options = grpcOptions('an agent');
    assert.deepEqual(
      {
        time: options['grpc.keepalive_time_ms'],
        timeout: options['grpc.keepalive_timeout_ms'],
        agent: options['grpc.primary_user_agent'],
        retries: options['grpc.enable_retries'],
        kept: options['grpc.per_rpc_retry_buffer_size'],
        proxy: options['grpc.enable_http_proxy'],
        answer: options['grpc.max_receive_message_length'],
      },
      {
        ...{ time: 30_000, timeout: 10_000, agent: 'an agent', retries: 0, kept: 0, proxy: 0 },
        answer: 64 * mib,
      },
    );
  });

  it('is one connection for all calls of a client, and leaves no warning however many there are', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    await Promise.all(Array.from({ length: 30 }, () => client.search()));
    // Warnings come in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    assert.deepEqual(warnings, []);
    assert.deepEqual([service.callsOf('Search').length, service.connections()], [30, 1]);
  });

  it('gives a single message 30 s and a second for every 256 KiB begun', async () => {
    const sizes: readonly [number, number][] = [
      [0, 30],
      [1, 31],
      [256 * kib, 31],
      [256 * kib + 1, 32],
      [4 * mib, 46],
    ];
    for (const [bytes, seconds] of sizes) assert.equal(usualLimits.unaryMs(bytes), seconds * secondMs);
    const service = await bench.service({ keepBytes: false });
    const client = bench.client(service);
    for (const [place, bytes] of [200 * kib, 700 * kib].entries()) {
      const options = { key: `k${place}`, fields: callFields, rules, method: 'unary' as const };
      await client.uploadAudio(sourceOf(wavOf(bytes), 64 * kib), options);
    }
    const [small, large] = service.callsOf('Upload');
    assertDeadline(small, 31 * secondMs);
    assertDeadline(large, 33 * secondMs);
    const chats = bench.client(service, { connectionId: service.chatConnectionId });
    await chats.uploadText(chat, chatFields, { key: 'chat' });
    assertDeadline(service.callsOf('UploadText')[0], 31 * secondMs);
  });

  it('gives a stream ten minutes, more to a large one, and an hour when its size is not known', async () => {
    const sizes: readonly [number | undefined, number][] = [
      [undefined, 3600],
      [1, 600],
      [142 * mib, 600],
      [143 * mib, 602],
      [1024 * mib, 4126],
    ];
    for (const [bytes, seconds] of sizes) assert.equal(usualLimits.streamMs(bytes), seconds * secondMs);
    const service = await bench.service();
    const client = bench.client(service);
    const options = { fields: callFields, rules, method: 'stream' as const };
    const bytes = wavOf(2000);
    await client.uploadAudio(sourceOf(bytes, 700, bytes.length), { key: 'known', ...options });
    await client.uploadAudio(sourceOf(bytes), { key: 'unknown', ...options });
    const [known, unknown] = service.callsOf('UploadAsStream');
    const graceMs = 2 * secondMs;
    assertDeadline(known, 600 * secondMs, graceMs);
    assertDeadline(unknown, 3600 * secondMs, graceMs);
  });

  it('gives a question 15 s', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    await client.search();
    await assert.rejects(client.get(['audunknown']), { code: 'SPEECHSENSE_NOT_FOUND' });
    for (const call of service.calls) assertDeadline(call, 15 * secondMs);
  });
});
