import assert from 'node:assert/strict';
import { withQuestion, withSpoken } from '../../../lib/dify/spoken';

describe('what was said in voice messages', () => {
  it('follows on what was typed, and takes the place of what only stands for a file', () => {
    assert.equal(withSpoken('Listen:', false, ['one', 'two']), 'Listen:\none\ntwo');
    assert.equal(withSpoken('File sent: voice.mp3', true, ['one']), 'one');
    assert.equal(withSpoken(' ', false, ['one']), 'one');
    assert.equal(withSpoken('File sent: photo.png', true, []), 'File sent: photo.png');
  });

  it('is said again by the variables that said the question, and by no other', () => {
    const given = { MESSAGE: 'old', query: 'old', COMMAND_PARAMS: 'old' };
    assert.deepEqual(withQuestion(given, ['MESSAGE', 'query'], 'old', 'new'), {
      MESSAGE: 'new',
      query: 'new',
      COMMAND_PARAMS: 'old',
    });
    assert.deepEqual(withQuestion({ MESSAGE: 'mine' }, ['MESSAGE'], 'old', 'new'), { MESSAGE: 'mine' });
    assert.deepEqual(withQuestion({}, ['MESSAGE', 'toString'], 'old', 'new'), {});
  });
});
