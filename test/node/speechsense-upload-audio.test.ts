import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { at } from '../../lib/core/fields';
import { wavHeader } from '../../sandbox/shared/audio';
import { createGate } from '../../sandbox/speechsense';
import { until } from '../support/until';
import {
  metadata,
  metadataSent,
  onlyTalk,
  sha256,
  talkIn,
  useAudioScene,
  wav,
} from './speechsense-upload-audio-scene';

const row = {
  ...{ ID: '7', PORTAL_USER_ID: '1269', PHONE_NUMBER: '+15550100', CALL_TYPE: '1', CALL_ID: 'call-7' },
  ...{ CALL_START_DATE: '2026-03-10T11:19:38+01:00', CRM_ACTIVITY_ID: '12', COMMENT: '', RECORD_FILE_ID: 9 },
};

describe('the upload node for recordings', function () {
  const scene = useAudioScene();
  const bytes = wav(1);

  /** The same recording, in each of the ways in which a flow can have it. */
  async function everyInput(): Promise<Record<string, () => unknown>> {
    const origin = await scene.serve((request, response) => {
      if (request.url === '/moved.wav') response.writeHead(302, { Location: '/here.wav' }).end();
      else if (request.url === '/pieces.wav') response.writeHead(200).write(bytes, () => response.end());
      else response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
    });
    const path = scene.file('one.wav', bytes);
    return {
      bytes: () => bytes,
      'a plain array of bytes': () => new Uint8Array(bytes),
      'a path': () => path,
      'a path from the working directory': () => 'one.wav',
      'an address': () => `${origin}/here.wav`,
      'an address that leads on': () => `${origin}/moved.wav`,
      'an address without a length': () => `${origin}/pieces.wav`,
      'a stream': () => Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]),
    };
  }

  const inputs = [
    ...['bytes', 'a plain array of bytes', 'a path', 'a path from the working directory', 'an address'],
    ...['an address that leads on', 'an address without a length', 'a stream'],
  ];

  for (const input of inputs) {
    it(`uploads ${input}`, async () => {
      await scene.deploy({ allowPrivateNetwork: true });
      const payload = (await everyInput())[input]?.();
      const message = await scene.ask({ payload, metadata, topic: 'kept' });
      const talk = onlyTalk(scene.service);
      assert.deepEqual([talk.size, talk.sha256, talk.fields], [bytes.length, sha256(bytes), metadataSent]);
      assert.deepEqual(talkIn(message), {
        talkId: talk.id,
        connectionId: scene.service.connectionId,
        uploadKey: talkIn(message).uploadKey,
        reused: false,
        bytes: bytes.length,
        durationSeconds: 2,
        channels: 2,
        codec: 'lpcm16',
      });
      assert.equal(message.topic, 'kept');
      if (input === 'a stream') assert.ok(!('payload' in message));
      else assert.deepEqual(message.payload, payload);
      assert.deepEqual(scene.temporaryFiles(), []);
    });
  }

  it('knows the same recording with the same metadata, in whatever way it comes', async () => {
    await scene.deploy({ allowPrivateNetwork: true });
    const ways = await everyInput();
    const talks = [];
    for (const input of inputs) talks.push(talkIn(await scene.ask({ payload: ways[input]?.(), metadata })));
    const { id } = onlyTalk(scene.service);
    assert.deepEqual(
      talks.map(({ talkId, reused }) => [talkId, reused]),
      inputs.map((_, place) => [id, place > 0]),
    );
    assert.equal(new Set(talks.map(({ uploadKey }) => uploadKey)).size, 1);
    assert.deepEqual(scene.temporaryFiles(), []);
  });

  it('takes another recording, and other metadata, for another talk', async () => {
    await scene.deploy();
    await scene.ask({ payload: bytes, metadata });
    await scene.ask({ payload: wav(2), metadata });
    await scene.ask({ payload: bytes, metadata: { ...metadata, client_id: '588' } });
    assert.equal(scene.service.talks.length, 3);
  });

  it('makes one talk of four messages at once', async () => {
    await scene.deploy();
    const talks = await Promise.all(
      ['a', 'a', 'a', 'a'].map(async (uploadKey) =>
        talkIn(await scene.ask({ payload: Readable.from([bytes]), metadata, uploadKey })),
      ),
    );
    const { id } = onlyTalk(scene.service);
    for (const { talkId, uploadKey } of talks) assert.deepEqual([talkId, uploadKey], [id, 'a']);
    assert.deepEqual(scene.temporaryFiles(), []);
  });

  it('goes by the key that is given, before the id of the call', async () => {
    await scene.deploy();
    const withCall = { ...metadata, call_id: 'c-1' };
    const keys = [];
    for (const [payload, more] of [
      [bytes, {}],
      [wav(2), {}],
      [bytes, { uploadKey: 'mine' }],
      [wav(3), { uploadKey: 'mine' }],
    ] as const) {
      const { uploadKey, reused } = talkIn(await scene.ask({ payload, metadata: withCall, ...more }));
      keys.push([uploadKey, reused]);
    }
    assert.deepEqual(keys, [
      ['c-1', false],
      ['c-1', true],
      ['mine', false],
      ['mine', true],
    ]);
    assert.equal(scene.service.talks.length, 2);
  });

  it('does not read what was uploaded before', async () => {
    await scene.deploy({ allowPrivateNetwork: true });
    await scene.ask({ payload: bytes, metadata, uploadKey: 'known' });
    let requests = 0;
    const origin = await scene.serve((_request, response) => {
      requests += 1;
      response.writeHead(404).end();
    });
    const stream = Readable.from([bytes]);
    for (const payload of [`${origin}/gone.wav`, '/nowhere/gone.wav', stream]) {
      assert.equal(talkIn(await scene.ask({ payload, metadata, uploadKey: 'known' })).reused, true);
    }
    assert.deepEqual([requests, stream.destroyed], [0, true]);
  });

  it('uploads it again when it is told to', async () => {
    await scene.deploy({ reupload: true });
    for (const uploadKey of ['k', 'k']) {
      assert.equal(talkIn(await scene.ask({ payload: bytes, metadata, uploadKey })).reused, false);
    }
    assert.equal(scene.service.talks.length, 2);
  });

  describe('the metadata', () => {
    const fieldsSent = (): Record<string, string> => onlyTalk(scene.service).fields;

    it('is that of the row beside the recording, and of the message over it', async () => {
      await scene.deploy({ audio: 'recording', audioType: 'msg' });
      const call = { operator: { name: 'Orlova Anna' }, client: { name: '' } };
      const over = { ticket_id: 4711, portal_user_id: null, client_name: 'Ivanov' };
      const message = await scene.ask({ payload: row, recording: bytes, call, metadata: over });
      assert.deepEqual(fieldsSent(), {
        ...{ id: '7', phone_number: '+15550100', call_type: '1', call_id: 'call-7' },
        ...{ call_start_date: '2026-03-10T10:19:38.000Z', crm_activity_id: '12', record_file_id: '9' },
        ...{ operator_id: '1269', operator_name: 'Orlova Anna', client_id: '+15550100' },
        ...{ client_name: 'Ivanov', ticket_id: '4711', date: '2026-03-10T10:19:38.000Z' },
        ...{ direction_outgoing: 'true', language: 'ru-RU' },
      });
      assert.deepEqual([message.payload, talkIn(message).uploadKey], [row, 'call-7']);
    });

    for (const [what, fields, expected] of [
      [
        'a table',
        [
          { key: 'ticket_id', from: 'CRM_ACTIVITY_ID', fromType: 'row' },
          { key: 'operator_name', from: 'call.operator.login', fromType: 'msg' },
          { key: 'department', from: 'Sales', fromType: 'str' },
          { key: 'comment', from: 'COMMENT', fromType: 'row' },
        ],
        { ticket_id: '12', operator_name: 'anna', department: 'Sales' },
      ],
      ['keys with commas in between', 'id, crm_activity_id', { id: '7', crm_activity_id: '12' }],
      ['an empty table', [], {}],
    ] as const) {
      it(`has the keys of ${what}, and no others`, async () => {
        await scene.deploy({ audio: 'recording', fields });
        const call = { operator: { login: 'anna' } };
        const message = await scene.ask({ payload: row, recording: bytes, call });
        assert.deepEqual(fieldsSent(), {
          ...{ operator_id: '1269', operator_name: 'user 1269', client_id: '+15550100' },
          ...{ client_name: '+15550100', date: '2026-03-10T10:19:38.000Z' },
          ...{ direction_outgoing: 'true', language: 'ru-RU' },
          ...expected,
        });
        // A call is known by its id, told to SpeechSense or not.
        assert.equal(talkIn(message).uploadKey, 'call-7');
      });
    }

    it('loses an address that is too long, and says so', async () => {
      await scene.deploy({ audio: 'recording' });
      const CALL_RECORD_URL = `https://records.example.com/${'a'.repeat(1100)}`;
      const message = await scene.ask({ payload: { ...row, CALL_RECORD_URL }, recording: bytes });
      assert.ok(!('call_record_url' in fieldsSent()));
      const notes = [{ key: 'call_record_url', what: 'left-out', bytes: CALL_RECORD_URL.length }];
      assert.deepEqual(talkIn(message).notes, notes);
    });

    it('of a talk that is there is changed without a recording', async () => {
      await scene.deploy();
      const { talkId } = talkIn(await scene.ask({ payload: bytes, metadata: { ...metadata, comment: 'a' } }));
      const message = await scene.ask({ payload: 'anything', talkId, metadata: { ticket_id: '5' } });
      assert.deepEqual(fieldsSent(), { ...metadataSent, comment: 'a', ticket_id: '5' });
      assert.deepEqual(
        ['talkId', 'updated'].map((name) => talkIn(message)[name]),
        [talkId, true],
      );
    });
  });

  describe('the rules for recordings', () => {
    const mono = wav(5, { channels: 1 });

    it('refuse one channel, unless the node is told otherwise', async () => {
      await scene.deploy();
      assert.equal((await scene.refused({ payload: mono, metadata })).code, 'AUDIO_MONO');
      assert.equal(scene.service.talks.length, 0);
      await scene.deploy({ mono: 'warn' });
      const { channels, audioNotes } = talkIn(await scene.ask({ payload: mono, metadata }));
      assert.deepEqual([channels, audioNotes], [1, ['mono']]);
      assert.match(scene.shown(), /AUDIO_MONO|one channel|sent all the same/);
    });

    it('refuse µ-law, or send it as LPCM with its channels swapped', async () => {
      const samples = Buffer.from([0xff, 0x00, 0xff, 0x80]);
      const header = wavHeader({ seconds: 0, channels: 2 });
      header.writeUInt32LE(36 + samples.length, 4);
      // The format, bytes per second, bytes per frame, bits.
      header.writeUInt16LE(7, 20);
      header.writeUInt32LE(16_000, 28);
      header.writeUInt16LE(2, 32);
      header.writeUInt16LE(8, 34);
      header.writeUInt32LE(samples.length, 40);
      const payload = Buffer.concat([header, samples]);
      await scene.deploy();
      assert.equal((await scene.refused({ payload, metadata })).code, 'AUDIO_G711');
      await scene.deploy({ convertToLpcm: true, swapChannels: true, method: 'unary' });
      const { audioNotes, bytes: sent } = talkIn(await scene.ask({ payload, metadata }));
      assert.deepEqual([audioNotes, sent], [['converted', 'swapped'], 44 + 8]);
      const [call] = scene.service.callsOf('Upload');
      const data = at(call?.messages[0], 'audio', 'audio_data', 'data');
      assert.ok(Buffer.isBuffer(data));
      const decoded = [0, 1, 2, 3].map((place) => data.subarray(-8).readInt16LE(place * 2));
      assert.deepEqual(decoded, [-32124, 0, 32124, 0]);
    });

    it('take bare samples for LPCM when the node says what they are', async () => {
      const bare = wav(5).subarray(44);
      await scene.deploy();
      assert.match((await scene.refused({ payload: bare, metadata })).code ?? '', /^AUDIO_/);
      await scene.deploy({ raw: true, rawSampleRate: 8000, rawChannels: 2 });
      assert.equal(talkIn(await scene.ask({ payload: bare, metadata })).codec, 'lpcm16');
      const { audio, size } = onlyTalk(scene.service);
      assert.equal(size, bare.length);
      assert.equal(at(audio, 'raw_audio', 'sample_rate_hertz'), '8000');
    });
  });

  it('sends a badge to a connection that splits recordings, once', async () => {
    await scene.deploy({ method: 'badge' });
    const message = { payload: wav(1, { channels: 1 }), metadata };
    const first = talkIn(await scene.ask(message));
    const again = talkIn(await scene.ask(message));
    assert.match(String(first.operationId), /^operation-/);
    assert.deepEqual([first.reused, again.reused], [false, true]);
    assert.equal(again.operationId, first.operationId);
    assert.equal(onlyTalk(scene.service).method, 'UploadBadge');
  });

  it('shows how far it is', async () => {
    await scene.deploy({ method: 'stream' });
    const hold = createGate();
    scene.service.script({ when: 1, hold });
    const over = scene.ask({ payload: wav(1, { seconds: 300 }), metadata });
    const shows = (word: RegExp): boolean => scene.statuses.some((text) => word.test(text));
    await until(() => shows(/^[1-9]\d? %$/), 'how much is sent');
    hold.open();
    await over;
    await until(() => shows(/ready$/), 'the end');
  });
});
