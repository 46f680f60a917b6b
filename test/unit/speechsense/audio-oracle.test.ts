import assert from 'node:assert/strict';
import { goodRecordings } from '../../support/audio/good-recordings';
import { mp3, xingFrame } from '../../support/audio/mp3';
import { oggOpus } from '../../support/audio/ogg';
import { walkThrough } from '../../support/audio/walk';
import { lpcmTones, wav } from '../../support/audio/wav';

const containers: Readonly<Record<string, string>> = { WAVE: 'wav', MPEG: 'mp3', Ogg: 'ogg' };

function codecOf(codec: string | undefined): string | undefined {
  if (codec === 'PCM') return 'lpcm16';
  if (codec === 'Opus') return 'opus';
  return codec?.endsWith('Layer 3') === true ? 'mp3' : codec;
}

/** A parser written by others, which looks at the whole file. */
async function assertAgreed(name: string, bytes: Buffer, mono: 'allow' | 'reject'): Promise<void> {
  const { parseBuffer } = await import('music-metadata');
  const { format } = await parseBuffer(bytes, undefined, { duration: true });
  const { facts } = walkThrough([bytes], { rules: { mono } });
  assert.ok(facts, name);
  const told = {
    container: containers[format.container ?? ''],
    codec: codecOf(format.codec),
    channels: format.numberOfChannels,
    // Of Opus it tells what was recorded, not what is counted in.
    sampleRate: facts.codec === 'opus' ? 48_000 : format.sampleRate,
  };
  const { container, codec, channels, sampleRate, durationSeconds = 0 } = facts;
  assert.deepEqual({ container, codec, channels, sampleRate }, told, name);
  const difference = Math.abs(durationSeconds - (format.duration ?? NaN));
  assert.ok(difference < 0.08, `${name}: ${durationSeconds} s here, ${format.duration} s there`);
}

describe('the facts of a recording and those of music-metadata', () => {
  for (const [name, { bytes, rules, isOdd }] of Object.entries(goodRecordings)) {
    if (isOdd === true) continue;
    it(`agree on ${name}`, () => assertAgreed(name, bytes, rules?.mono === undefined ? 'reject' : 'allow'));
  }

  it('agree on MP3 of every version, rate and channel count', async () => {
    const rates = { 1: [44_100, 48_000, 32_000], 2: [22_050, 24_000, 16_000], 2.5: [11_025, 12_000, 8000] };
    for (const version of [1, 2, 2.5] as const) {
      for (const sampleRate of rates[version]) {
        for (const kilobits of [32, 64, 128]) {
          for (const channels of [1, 2] as const) {
            const name = `version ${version}, ${sampleRate} Hz, ${kilobits} kbit/s, ${channels}`;
            await assertAgreed(name, mp3(60, { version, sampleRate, kilobits, channels }), 'allow');
          }
        }
      }
    }
  });

  it('agree on variable bitrates, and on WAV and Opus of many shapes', async () => {
    const shape = { kilobits: [32, 320, 64, 128, 48, 256] };
    await assertAgreed('Xing', Buffer.concat([xingFrame(300), mp3(300, shape)]), 'reject');
    for (const sampleRate of [8000, 16_000, 22_050, 44_100, 48_000]) {
      for (const channels of [1, 2]) {
        const sound = lpcmTones(sampleRate, channels);
        await assertAgreed(`WAV ${sampleRate}`, wav(sound, { sampleRate, channels }), 'allow');
      }
    }
    for (const packetsPerPage of [1, 7, 50, 200]) {
      for (const preSkip of [0, 312, 3840]) {
        await assertAgreed(
          `Opus ${preSkip}`,
          oggOpus(500, { packetsPerPage, preSkip, channels: 1 }),
          'allow',
        );
      }
    }
  });
});
