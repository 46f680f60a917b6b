import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, textAt } from '../../../lib/core/fields';
import { talkPieces } from '../../../sandbox/shared/audio';
import { startSpeechSense, type SpeechSense } from '../../../sandbox/speechsense';
import { shippedFlow } from '../bitrix24-nodes/shipped';
import { useScene } from '../bitrix24-nodes/scene';
import { sha256 } from './audio-flow';

describe('the shipped flow that uploads one recording', function () {
  const scene = useScene();
  let service: SpeechSense;
  let folder = '';
  let variables: Record<string, string> = {};
  const bytes = Buffer.concat([...talkPieces({ seed: 3, seconds: 3, channels: 2 })]);

  before(async () => {
    service = await startSpeechSense();
    folder = mkdtempSync(join(tmpdir(), 'bitlane-recording-'));
    writeFileSync(join(folder, 'recording.wav'), bytes);
    variables = {
      SPEECHSENSE_ENDPOINT: `http://${service.endpoint}`,
      SPEECHSENSE_CONNECTION_ID: service.connectionId,
      SPEECHSENSE_API_KEY: service.apiKey,
    };
    Object.assign(process.env, variables);
    await scene.deploy(shippedFlow('SpeechSense/3 Upload one recording.json'));
  });
  after(async () => {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
    rmSync(folder, { recursive: true, force: true });
    await service.stop();
  });

  async function press(path: string, expected: 'done' | 'errors'): Promise<unknown> {
    const id = `bitlane-upload-audio-${expected}`;
    const count = scene.watch.heard(id).length;
    scene.send('bitlane-upload-audio-describe', { payload: path });
    return (await scene.heard(id, count + 1)).at(-1);
  }

  it('makes a talk of a file and the metadata that is written in it, once', async () => {
    const path = join(folder, 'recording.wav');
    const first = await press(path, 'done');
    const again = await press(path, 'done');
    const [talk, ...others] = service.talks;
    assert.deepEqual([others.length, talk?.sha256], [0, sha256(bytes)]);
    assert.deepEqual(talk?.fields, {
      ...{ operator_id: '103', operator_name: 'Anna', client_id: '587', client_name: 'John' },
      ...{ date: '2026-03-10T10:19:38.000Z', direction_outgoing: 'false', language: 'ru-RU' },
    });
    assert.equal(textAt(first, 'speechsense', 'talkId'), talk.id);
    assert.deepEqual(
      [first, again].map((message) => at(message, 'speechsense', 'reused')),
      [false, true],
    );
  });

  it('shows its error when there is no such file', async () => {
    const message = await press(join(folder, 'nowhere.wav'), 'errors');
    assert.equal(textAt(message, 'error', 'code'), 'SPEECHSENSE_RECORDING');
  });
});
