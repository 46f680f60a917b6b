import assert from 'node:assert/strict';
import { readTalk } from '../../../lib/speechsense/talk';
import { maskOf, readTalkResults, viewOfTalk, type TalkResult } from '../../../lib/speechsense/talk-view';

const raw = {
  id: 'aud1',
  talk_fields: [
    { name: 'operator_name', value: 'Anna' },
    { name: 'client_name', value: 'John' },
  ],
  transcription: {
    phrases: [0, 1, 2, 5].map((channel) => ({
      channel_number: String(channel),
      start_time_ms: String(channel * 1000),
      end_time_ms: String(channel * 1000 + 900),
      phrase: { text: `says ${channel}` },
    })),
  },
  summarization: {
    statements: [
      { field: { id: 'a', name: 'Wish' }, response: ['one', 'two'] },
      { field: { id: 'b', name: 'Wish' }, response: ['three'] },
      { field: { id: 'c', name: '' }, response: [] },
    ],
  },
  points: {
    quiz: [
      { id: 'q', request: 'Greeted?', response: { value: 'Yes' } },
      { id: 'r', request: 'Why?' },
    ],
  },
};

const everything: readonly TalkResult[] = readTalkResults([
  ...['transcription', 'summarization', 'points', 'classifiers', 'statistics', 'assistants', 'state'],
]);

describe('a talk as a flow gets it', () => {
  it('is a dialog with roles and names', () => {
    const view = viewOfTalk(readTalk(raw), { kind: 'chat', operatorChannel: 0, results: everything });
    assert.equal(view.transcript, 'Operator: says 0\nClient: says 1\nBot: says 2\nChannel 5: says 5');
    assert.deepEqual(
      view.phrases?.map(({ speaker, role }) => [speaker, role]),
      [
        ['Anna', 'operator'],
        ['John', 'client'],
        ['Bot', 'bot'],
        ['Channel 5', null],
      ],
    );
    assert.deepEqual(view.phrases?.[1], {
      speaker: 'John',
      role: 'client',
      startMs: 1000,
      endMs: 1900,
      text: 'says 1',
    });
  });

  it('has the operator of a call where the connection has it, and no bot', () => {
    const view = viewOfTalk(readTalk(raw), { kind: 'audio', operatorChannel: 1, results: everything });
    assert.deepEqual(
      view.phrases?.map(({ role }) => role),
      ['client', 'operator', null, null],
    );
  });

  it('loses no statement when two have one name', () => {
    const view = viewOfTalk(readTalk(raw), { kind: 'chat', operatorChannel: 0, results: everything });
    assert.deepEqual(view.summary, { Wish: 'one\ntwo', 'Wish b': 'three', c: '' });
    assert.deepEqual(view.points, { 'Greeted?': 'Yes', 'Why?': null });
  });

  it('has what was asked for, and can be sent as JSON', () => {
    const view = viewOfTalk(readTalk(raw), { kind: 'chat', operatorChannel: 0, results: ['summarization'] });
    assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(view)) as object).sort(), [
      ...['connectionId', 'fields', 'projectIds', 'state', 'summary', 'talkId'],
    ]);
  });

  it('is asked for by friendly names, or by those of the service', () => {
    assert.deepEqual(readTalkResults(['summary', 'tags', 'talk_state']), [
      'summarization',
      'classifiers',
      'state',
    ]);
    assert.deepEqual(maskOf(['summarization', 'classifiers']), [
      ...['summarization', 'text_classifiers', 'talk_state'],
    ]);
    assert.deepEqual(maskOf([]), ['talk_state']);
    for (const wrong of ['sumarization', 'constructor', '']) {
      assert.throws(() => readTalkResults([wrong]), { code: 'CONFIG_INVALID' });
    }
  });
});
