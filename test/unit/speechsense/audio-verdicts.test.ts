import assert from 'node:assert/strict';
import type { AudioRules } from '../../../lib/speechsense/audio/rules';
import { mostStrayBytes } from '../../../lib/speechsense/audio/mp3';
import { failureOf } from '../../../nodes/voximplant-calls/call-job';
import { badRecordings } from '../../support/audio/bad-recordings';
import { goodRecordings } from '../../support/audio/good-recordings';
import { piecesOf } from '../../support/audio/cut';
import { id3v1, id3v2, mp3 } from '../../support/audio/mp3';
import { outcomeOf, walkThrough, type Outcome } from '../../support/audio/walk';

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

  it('is never waited for, and tried again when a page or nothing came in its place', () => {
    for (const [name, { code }] of Object.entries(badRecordings)) {
      const isNone = code === 'AUDIO_NOT_RECORDING' || code === 'AUDIO_EMPTY';
      assert.notEqual(failureOf(code), 'late', name);
      if (isNone) assert.equal(failureOf(code), undefined, name);
    }
  });
});

describe('what lies around the frames of an MP3', () => {
  const frames = mp3(200);
  const rules: AudioRules = { mono: 'reject' };
  const outcome = (...parts: Buffer[]): Outcome => {
    const bytes = Buffer.concat(parts);
    const whole = outcomeOf([bytes], { rules });
    assert.deepEqual(outcomeOf(piecesOf(bytes, 997), { rules }), whole);
    assert.deepEqual(outcomeOf(piecesOf(bytes, 1), { rules }), whole);
    return whole;
  };
  const good = outcome(frames);
  const zeros = (length: number): Buffer => Buffer.alloc(length);

  it('is let through when it is zeros: behind the last frame any number of them', () => {
    assert.ok('facts' in good);
    for (const length of [1, 23, 24, 55, 56, 57, 5000, 300_000]) {
      assert.deepEqual(outcome(frames, zeros(length)), good, String(length));
      assert.deepEqual(outcome(frames, zeros(length), id3v1()), good, `${length} and a tag`);
    }
  });

  it('is let through when it is zeros before the first frame, within a bound', () => {
    for (const length of [1, 6000, 12_000]) assert.deepEqual(outcome(zeros(length), frames), good);
    assert.deepEqual(outcome(id3v2(50), zeros(60_000), frames), good);
    const far = outcome(id3v2(50), zeros(70_000), frames);
    assert.deepEqual(far, { code: 'AUDIO_UNKNOWN', params: {} });
    assert.deepEqual(outcome(zeros(20_000)), { code: 'AUDIO_UNKNOWN', params: {} });
  });

  it('is damage when the zeros are a hole, or are no zeros', () => {
    const damage = { code: 'AUDIO_DAMAGED', params: { container: 'MP3', place: frames.length } };
    assert.deepEqual(outcome(frames, zeros(mostStrayBytes + 1), frames), damage);
    assert.deepEqual(outcome(frames, zeros(9000), Buffer.alloc(mostStrayBytes + 1, 7)), damage);
    assert.ok('facts' in outcome(frames, zeros(mostStrayBytes), frames));
  });
});

describe('a page behind many blanks', () => {
  it('is called what it is', () => {
    const page = Buffer.from(`${'\r\n  '.repeat(300)}<html><body>login</body></html>`);
    const outcome = outcomeOf([page], { rules: { mono: 'allow' } });
    assert.deepEqual(outcome, { code: 'AUDIO_NOT_RECORDING', params: { found: 'HTML' } });
  });
});
