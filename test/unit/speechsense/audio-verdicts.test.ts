import assert from 'node:assert/strict';
import { isNoRecording } from '../../../lib/speechsense/audio/verdicts';
import { badRecordings } from '../../support/audio/bad-recordings';
import { goodRecordings } from '../../support/audio/good-recordings';
import { outcomeOf, walkThrough } from '../../support/audio/walk';

describe('a recording that can be uploaded', () => {
  for (const [name, { bytes, facts, rules = {} }] of Object.entries(goodRecordings)) {
    it(`${name}: its facts, and its bytes as they were`, () => {
      const walked = walkThrough([bytes], { rules: { mono: 'reject', ...rules } });
      assert.deepEqual(walked.facts, facts);
      const isChanged = rules.convertToLpcm === true || rules.swapChannels === true;
      assert.equal(walked.sent.equals(bytes), !isChanged);
    });

    it(`${name}: the same when its length is declared`, () => {
      const rulesOfAll = { mono: 'reject' as const, ...rules };
      const walked = walkThrough([bytes], { rules: rulesOfAll, wholeBytes: bytes.length });
      assert.deepEqual(walked.facts, facts);
      assert.equal(walked.sent.length, walked.expectedBytes);
    });
  }
});

describe('a recording that cannot be uploaded', () => {
  for (const [name, { bytes, code, params, rules = {} }] of Object.entries(badRecordings)) {
    it(`${name}: ${code}`, () => {
      const outcome = outcomeOf([bytes], { rules: { mono: 'reject', ...rules } });
      assert.ok('code' in outcome, 'no verdict');
      assert.equal(outcome.code, code);
      if (params) assert.deepEqual(outcome.params, params);
    });
  }

  it('is told from a page or nothing that came in its place', () => {
    const thrownBy = (bytes: Buffer): unknown => {
      try {
        return walkThrough([bytes], { rules: { mono: 'allow' } });
      } catch (error) {
        return error;
      }
    };
    for (const [name, { bytes, code }] of Object.entries(badRecordings)) {
      const isNone = code === 'AUDIO_NOT_RECORDING' || code === 'AUDIO_EMPTY';
      if (badRecordings[name]?.rules) continue;
      assert.equal(isNoRecording(thrownBy(bytes)), isNone, name);
    }
  });
});
