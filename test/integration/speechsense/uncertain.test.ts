import assert from 'node:assert/strict';
import type { Clock } from '../../../lib/core/clock';
import { systemClock } from '../../../lib/core/clock';
import type {
  SpeechSenseClient,
  SpeechSenseClientOptions,
  TalkUploads,
} from '../../../lib/speechsense/client';
import type { AudioUploadOptions } from '../../../lib/speechsense/upload';
import type { SpeechSense, SpeechSenseOptions } from '../../../sandbox/speechsense';
import { callFields, hurriedClock, rules, sourceOf, speechSenseBench, wavOf } from './support';

const minute = 60_000;
const recording = wavOf(2000);
const unclear = { code: 'SPEECHSENSE_UNCERTAIN' };

function uploadOf(callId: string): AudioUploadOptions {
  return { key: callId, fields: { ...callFields, call_id: callId }, rules };
}

interface Scene {
  readonly service: SpeechSense;
  readonly client: SpeechSenseClient & TalkUploads;
  readonly pass: (ms: number) => void;
  send(callId: string, changes?: Partial<AudioUploadOptions>): ReturnType<TalkUploads['uploadAudio']>;
}

describe('a speechsense upload whose end is unclear', () => {
  const bench = speechSenseBench();

  async function scene(
    options: SpeechSenseOptions = {},
    changes: Partial<SpeechSenseClientOptions> = {},
  ): Promise<Scene> {
    let passed = 0;
    const now = (): number => systemClock.now() + passed;
    const clock: Clock = { now, sleep: hurriedClock.sleep };
    const service = await bench.service({ ...options, clock: { ...systemClock, now } });
    const client = bench.client(service, { ...changes, clock });
    return {
      service,
      client,
      pass: (ms) => (passed += ms),
      send: (callId, more = {}) => client.uploadAudio(sourceOf(recording), { ...uploadOf(callId), ...more }),
    };
  }

  for (const code of [2, 4, 10, 13, 14]) {
    for (const method of ['unary', 'stream'] as const) {
      it(`is held when the service said ${code} and Search is late: ${method}`, async () => {
        const { service, send } = await scene({ indexAfterMs: minute });
        service.script({ keeps: true, refuse: { code, message: 'upstream connect error' } });
        await assert.rejects(send('a', { method }), unclear);
        await assert.rejects(send('a', { method }), unclear);
        assert.equal(service.talks.length, 1);
      });
    }
  }

  it('is sent again once Search has found what came later, and this not', async () => {
    const { service, send, pass } = await scene();
    service.script({ drop: true });
    await assert.rejects(send('lost'), unclear);
    await send('later');
    await assert.rejects(send('lost'), unclear);
    pass(31 * minute);
    const talk = await send('lost');
    assert.deepEqual([talk.reused, service.talks.length], [false, 2]);
  });

  it('is not sent again because of a talk that came before it: the index may stand still since', async () => {
    const { service, send, pass } = await scene({ indexAfterMs: 45 * minute });
    await send('before');
    pass(20 * minute);
    service.script({ drop: true, keeps: true });
    await assert.rejects(send('lost'), unclear);
    pass(31 * minute);
    await assert.rejects(send('lost'), unclear);
    assert.equal(service.talks.length, 2);
  });

  for (const [what, options, changes] of [
    ['knows of no talk at all', { indexAfterMs: 1e12 }, {}],
    ['does not know the key of the connection', { unknownKeys: ['call_id'] }, {}],
    [
      'sees a project alone, which leaves it out',
      { isInProject: ({ fields }) => fields['call_id'] !== 'lost' },
      { projectId: 'eagsandboxproject' },
    ],
  ] satisfies readonly (readonly [string, SpeechSenseOptions, Partial<SpeechSenseClientOptions>])[]) {
    it(`stays held for good when Search ${what}`, async () => {
      const { service, send, pass } = await scene(options, changes);
      service.script({ drop: true, keeps: true });
      await assert.rejects(send('lost'), unclear);
      await send('later');
      pass(24 * 60 * minute);
      await assert.rejects(send('lost'), unclear);
      assert.equal(service.talks.length, 2);
    });
  }

  it('is found outside the project when the space is given as well', async () => {
    const project = { isInProject: () => false };
    const { service, send } = await scene(project, { projectId: 'eagsandboxproject', spaceId: 'f3fsandbox' });
    service.script({ drop: true, keeps: true });
    const talk = await send('a');
    assert.deepEqual([talk.talkId, service.talks.length], [service.talks[0]?.id, 1]);
  });

  it('is never sent by itself once it is forgotten, and is when a person says so', async () => {
    const { service, client, send, pass } = await scene();
    service.script({ drop: true });
    await assert.rejects(send('lost'), unclear);
    await send('later');
    const records = bench.records(client.connectionId);
    assert.equal(await records.settle('lost', 'forget'), true);
    pass(60 * minute);
    await assert.rejects(send('lost'), unclear);
    assert.equal(service.talks.length, 1);
    assert.equal(await records.settle('lost', 'again'), true);
    assert.equal((await send('lost')).reused, false);
  });

  it('is found although it was forgotten', async () => {
    const { service, client, send } = await scene({ indexAfterMs: minute });
    service.script({ drop: true, keeps: true });
    await assert.rejects(send('a'), unclear);
    await bench.records(client.connectionId).settle('a', 'forget');
    service.setTimes({ indexAfterMs: 0 });
    const talk = await send('a');
    assert.deepEqual([talk.talkId, talk.reused], [service.talks[0]?.id, true]);
  });

  it('is not taken for a talk that was there before it was begun', async () => {
    const { service, client, send, pass } = await scene();
    await client.uploadAudio(sourceOf(recording), { ...uploadOf('a'), searchBy: '', key: 'other' });
    pass(10 * minute);
    service.script({ drop: true });
    await assert.rejects(send('a'), unclear);
    assert.equal(service.talks.length, 1);
  });

  it('is not taken for one of several that it may be', async () => {
    const { service, client, send } = await scene();
    for (const key of ['x', 'y']) {
      await client.uploadAudio(sourceOf(recording), { ...uploadOf('a'), searchBy: '', key });
    }
    service.script({ drop: true, keeps: true });
    await assert.rejects(send('a'), unclear);
  });

  it('is not taken for the talk of another upload with the same call', async () => {
    const { service, send } = await scene();
    await send('a', { key: 'leg-1' });
    service.script({ drop: true });
    await assert.rejects(send('a', { key: 'leg-2' }), unclear);
    service.script({ drop: true, keeps: true });
    const third = await send('a', { key: 'leg-3' });
    assert.equal(third.talkId, service.talks[1]?.id);
  });

  it('is looked for before it is sent again on request, and held as long as it is not found', async () => {
    const { service, send } = await scene();
    const again = { reupload: true };
    await send('a');
    service.setTimes({ indexAfterMs: 60 * minute });
    service.script({ drop: true, keeps: true });
    await assert.rejects(send('a', again), unclear);
    await assert.rejects(send('a', again), unclear);
    service.setTimes({ indexAfterMs: 0 });
    const talk = await send('a', again);
    assert.deepEqual([talk.talkId, service.talks.length], [service.talks[1]?.id, 2]);
  });
});
