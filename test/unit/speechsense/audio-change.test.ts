import assert from 'node:assert/strict';
import { g711ToLpcm } from '../../../lib/speechsense/audio/g711';
import { createSwap } from '../../../lib/speechsense/audio/swap';
import { piecesOf } from '../../support/audio/cut';
import { mp3 } from '../../support/audio/mp3';
import { oggOpus } from '../../support/audio/ogg';
import { noise } from '../../support/audio/other';
import { outcomeOf, walkThrough } from '../../support/audio/walk';
import { chunk, lpcmTones, wav } from '../../support/audio/wav';

const samplesOf = (lpcm: Buffer): number[] =>
  Array.from({ length: lpcm.length / 2 }, (_, place) => lpcm.readInt16LE(place * 2));
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

describe('A-law and µ-law made LPCM', () => {
  it('have the values that the standard gives for the ends and the middle of their scales', () => {
    const known = {
      'A-law': { 0xd5: 8, 0x55: -8, 0xd4: 24, 0xaa: 32_256, 0x2a: -32_256 },
      'µ-law': { 0xff: 0, 0x7f: 0, 0xfe: 8, 0x7e: -8, 0xef: 132, 0x80: 32_124, 0x00: -32_124 },
    };
    for (const law of ['A-law', 'µ-law'] as const) {
      for (const [byte, sample] of Object.entries(known[law])) {
        assert.equal(g711ToLpcm(law, Buffer.from([Number(byte)])).readInt16LE(0), sample, `${law} ${byte}`);
      }
    }
  });

  it('are the same below and above zero, and grow from step to step', () => {
    for (const law of ['A-law', 'µ-law'] as const) {
      const samples = samplesOf(g711ToLpcm(law, everyByte));
      for (let byte = 0; byte < 128; byte += 1) {
        assert.equal(Math.abs(samples[byte] ?? NaN), Math.abs(samples[byte + 128] ?? NaN));
      }
      const plus = samples.filter((sample) => sample > 0).sort((one, other) => one - other);
      assert.equal(new Set(plus).size, law === 'A-law' ? 128 : 127);
    }
  });

  for (const [law, tag] of [
    ['A-law', 6],
    ['µ-law', 7],
  ] as const) {
    for (const channels of [1, 2]) {
      it(`${law} of ${channels}: a WAV of LPCM with sizes that are right, and nothing else in it`, () => {
        const sound = noise(6001 * channels, 3);
        const before = [chunk('LIST', Buffer.alloc(7, 1))];
        const given = wav(sound, { tag, channels, sampleRate: 11_025, before, after: before });
        const options = { rules: { mono: 'allow' as const, convertToLpcm: true } };
        const { sent, expectedBytes } = walkThrough(piecesOf(given, 501), options);
        assert.ok(sent.equals(wav(g711ToLpcm(law, sound), { channels, sampleRate: 11_025 })));
        assert.equal(expectedBytes, sent.length);
      });
    }
  }

  it('end with the file where no size is known, and have the size of the file where that is declared', () => {
    const sound = noise(4000, 4);
    const given = wav(sound, { tag: 6, dataSize: 0 });
    const options = { rules: { mono: 'reject' as const, convertToLpcm: true } };
    const open = walkThrough([given], options).sent;
    assert.deepEqual([open.readUInt32LE(4), open.readUInt32LE(40)], [0xffffffff, 0xffffffff]);
    const closed = walkThrough([given], { ...options, wholeBytes: given.length }).sent;
    assert.ok(closed.equals(wav(g711ToLpcm('A-law', sound))));
  });
});

describe('swapped channels', () => {
  const tones = lpcmTones(3000);
  const swapped = Buffer.from(tones);
  swapped.swap32().swap16();

  it('change places in LPCM, and come back when swapped again', () => {
    const swap = createSwap();
    const once = Buffer.concat([...piecesOf(tones, 5).map((piece) => swap.pass(piece)), swap.end()]);
    assert.ok(once.equals(swapped));
  });

  it('leave header and other chunks as they are', () => {
    const after = [chunk('LIST', Buffer.alloc(31, 7))];
    const given = wav(tones, { before: after, after });
    const { sent } = walkThrough(piecesOf(given, 333), { rules: { mono: 'reject', swapChannels: true } });
    assert.ok(sent.equals(wav(swapped, { before: after, after })));
  });

  it('are those of what was converted, and of LPCM without a header', () => {
    const law = noise(2000, 8);
    const converted = g711ToLpcm('A-law', law);
    const both = { mono: 'reject' as const, swapChannels: true, convertToLpcm: true };
    const { sent, facts } = walkThrough(piecesOf(wav(law, { tag: 6 }), 77), { rules: both });
    const expected = Buffer.from(converted);
    expected.swap32().swap16();
    assert.ok(sent.equals(wav(expected)));
    assert.deepEqual(facts?.notes, ['converted', 'swapped']);
    const raw = { sampleRate: 8000, channels: 2 };
    assert.ok(walkThrough(piecesOf(tones, 9), { rules: { ...both, raw } }).sent.equals(swapped));
  });

  it('of one channel are nothing to swap', () => {
    const rules = { mono: 'allow' as const, swapChannels: true };
    for (const bytes of [
      wav(lpcmTones(900, 1), { channels: 1 }),
      mp3(20, { channels: 1 }),
      oggOpus(20, { channels: 1 }),
    ]) {
      const outcome = outcomeOf([bytes], { rules });
      assert.ok('facts' in outcome);
      assert.deepEqual(outcome.facts?.notes, []);
    }
  });
});

describe('what is known of a recording before it has come', () => {
  const rules = { mono: 'reject' as const };
  const thrownAtHead = (bytes: Buffer, wholeBytes: number, changes: object = {}): string => {
    const outcome = outcomeOf([bytes.subarray(0, 20_000)], { rules: { ...rules, ...changes }, wholeBytes });
    return 'code' in outcome ? outcome.code : 'none';
  };

  it('is enough to refuse what is too long, or less than its header says', () => {
    const tones = lpcmTones(10_000);
    const fiveHours = 5 * 3600 * 32_000;
    assert.equal(thrownAtHead(wav(tones, { dataSize: 0 }), fiveHours), 'AUDIO_LONG');
    assert.equal(thrownAtHead(wav(tones, { dataSize: 90_000 }), 80_000), 'AUDIO_CUT');
    assert.equal(
      thrownAtHead(noise(20_000), fiveHours, { raw: { sampleRate: 8000, channels: 2 } }),
      'AUDIO_LONG',
    );
    assert.equal(
      thrownAtHead(noise(20_000), 99_999, { raw: { sampleRate: 8000, channels: 2 } }),
      'AUDIO_RAW',
    );
  });
});
