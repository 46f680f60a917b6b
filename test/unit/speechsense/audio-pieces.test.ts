import assert from 'node:assert/strict';
import { createAudioWalk } from '../../../lib/speechsense/audio/audio-walk';
import { headBytes } from '../../../lib/speechsense/audio/find-format';
import type { AudioRules } from '../../../lib/speechsense/audio/rules';
import { badRecordings } from '../../support/audio/bad-recordings';
import { cutAt, piecesOf, randomPieces } from '../../support/audio/cut';
import { goodRecordings } from '../../support/audio/good-recordings';
import { id3v2, mp3 } from '../../support/audio/mp3';
import { oggOpus } from '../../support/audio/ogg';
import { noise } from '../../support/audio/other';
import { outcomeOf, walkThrough } from '../../support/audio/walk';
import { chunk, lpcmTones, wav } from '../../support/audio/wav';

const all: Readonly<Record<string, { bytes: Buffer; rules?: Partial<AudioRules> }>> = {
  ...Object.fromEntries(Object.entries(goodRecordings).map(([name, one]) => [`${name} (good)`, one])),
  ...badRecordings,
};
/** Behind so much of it the head of a recording is out of the way, and every cut is one within what follows. */
const longTag = id3v2(headBytes);

describe('the verdict on a recording', () => {
  for (const [name, { bytes, rules: changes = {} }] of Object.entries(all)) {
    const options = { rules: { mono: 'reject' as const, ...changes } };

    it(`${name}: is the same wherever it is cut`, () => {
      const expected = outcomeOf([bytes], options);
      for (let place = 0; place <= Math.min(bytes.length, 200); place += 1) {
        assert.deepEqual(outcomeOf(cutAt(bytes, place), options), expected, `cut at ${place}`);
        assert.deepEqual(
          outcomeOf(cutAt(bytes, bytes.length - place), options),
          expected,
          `${place} from the end`,
        );
      }
    });

    it(`${name}: is the same in single bytes, and in pieces of many lengths`, () => {
      const expected = outcomeOf([bytes], options);
      assert.deepEqual(outcomeOf(piecesOf(bytes, 1), options), expected);
      for (let seed = 1; seed <= 10; seed += 1) {
        assert.deepEqual(outcomeOf(randomPieces(bytes, seed), options), expected, `seed ${seed}`);
      }
    });
  }

  it('is the same where the cuts lie behind the head', () => {
    const options = { rules: { mono: 'reject' as const } };
    const long = {
      wav: wav(lpcmTones(headBytes), { before: [chunk('JUNK', Buffer.alloc(20_480))] }),
      mp3: Buffer.concat([longTag, mp3(60, { kilobits: [32, 48, 320] })]),
      ogg: oggOpus(9000),
    };
    for (const [name, bytes] of Object.entries(long)) {
      const expected = outcomeOf([bytes], options);
      assert.ok('facts' in expected, name);
      assert.deepEqual(outcomeOf(piecesOf(bytes, 1), options), expected, name);
      for (let place = headBytes - 20; place < headBytes + 6000; place += 7) {
        const pieces = [bytes.subarray(0, place), ...piecesOf(bytes.subarray(place), 997)];
        assert.deepEqual(outcomeOf(pieces, options), expected, `${name} cut at ${place}`);
      }
    }
  });
});

describe('the bytes of a recording', () => {
  it('go on as they came, whatever they are, until there is a verdict', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const [before, after] = [noise(seed * 40, seed), noise(seed * 700, seed + 1)];
      const bytes = Buffer.concat([
        mp3(30),
        before.subarray(0, 4000),
        mp3(10 + seed),
        id3v2(after.length - 10),
      ]);
      const walked = walkThrough(randomPieces(bytes, seed, 9000), { rules: { mono: 'reject' } });
      assert.ok(walked.sent.equals(bytes), `seed ${seed}`);
    }
  });

  for (const [name, { bytes, rules: changes = {} }] of Object.entries(goodRecordings)) {
    it(`${name}: are the same however they came`, () => {
      const options = { rules: { mono: 'reject' as const, ...changes } };
      const { sent } = walkThrough([bytes], options);
      for (const pieces of [
        piecesOf(bytes, 1),
        piecesOf(bytes, 3),
        randomPieces(bytes, 4),
        randomPieces(bytes, 5),
      ]) {
        assert.ok(walkThrough(pieces, options).sent.equals(sent));
      }
    });
  }

  it('are not written to', () => {
    for (const { bytes, rules: changes = {} } of Object.values(goodRecordings)) {
      const before = Buffer.from(bytes);
      walkThrough(piecesOf(bytes, 555), { rules: { mono: 'reject', ...changes } });
      assert.ok(bytes.equals(before));
    }
  });

  it('are held back before the format of a WAV, however small its pieces are', function () {
    // Copied anew with each piece, these would take minutes.
    const plain = wav(lpcmTones(1000));
    const junk = chunk('JUNK', noise(1_000_000));
    const bytes = Buffer.concat([plain.subarray(0, 12), junk, plain.subarray(12)]);
    const walked = walkThrough(piecesOf(bytes, 4), { rules: { mono: 'reject' } });
    assert.ok(walked.sent.equals(bytes));
  });

  it('are not kept: a recording of any length has the same head in memory', () => {
    const piece = Buffer.alloc(1024 * 1024);
    const header = wav(Buffer.alloc(0), { sampleRate: 48_000, dataSize: 0 });
    const walk = createAudioWalk({ rules: { mono: 'reject' } });
    assert.equal(walk.pass(Buffer.concat([header, piece])).length, header.length + piece.length);
    for (let count = 0; count < 200; count += 1) assert.equal(walk.pass(piece), piece);
  });
});
