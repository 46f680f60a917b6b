import assert from 'node:assert/strict';
import { checkRequest } from '../../../lib/speechsense/shape';

const metadata = { connection_id: 'eag1', fields: { a: 'b' } };
const data = Buffer.from('abc');

describe('what the loader would turn into silence', () => {
  const good: readonly [Parameters<typeof checkRequest>[0], object][] = [
    ['UploadAsStream', { metadata }],
    ['UploadAsStream', { audio: { chunk: { data } } }],
    [
      'Upload',
      { metadata: { ...metadata, users: [{ id: '1', role: 'USER_ROLE_BOT', fields: {} }] }, talk_id: 'a' },
    ],
    ['Search', { page_size: 5, filters: [{ key: 'a', int_range: { from_value: { value: '5' } } }] }],
    ['Get', { talk_ids: ['a'], results_mask: { paths: ['points'] } }],
    ['ListModels', {}],
  ];
  for (const [method, request] of good) {
    it(`is passed on: ${method} ${Object.keys(request).join(', ')}`, () => checkRequest(method, request));
  }

  const wrong: readonly [string, Parameters<typeof checkRequest>[0], object, string][] = [
    ['a name in another spelling', 'Upload', { metadata: { connectionId: 'a' } }, 'metadata.connectionId'],
    ['the other method’s field', 'UploadAsStream', { audio: { audio_data: { data } } }, 'audio.audio_data'],
    ['null in a map', 'Upload', { metadata: { fields: { a: null } } }, 'metadata.fields.a'],
    ['a number in a map', 'Upload', { metadata: { fields: { a: 1 } } }, 'metadata.fields.a'],
    ['a text for bytes', 'UploadAsStream', { audio: { chunk: { data: 'YWJj' } } }, 'audio.chunk.data'],
    [
      'an unknown container',
      'UploadAsStream',
      { audio: { audio_metadata: { container_audio: { container_audio_type: 'FLAC' } } } },
      'audio.audio_metadata.container_audio.container_audio_type',
    ],
    [
      'a container that says nothing',
      'UploadAsStream',
      {
        audio: {
          audio_metadata: { container_audio: { container_audio_type: 'CONTAINER_AUDIO_TYPE_UNSPECIFIED' } },
        },
      },
      'audio.audio_metadata.container_audio.container_audio_type',
    ],
    [
      'a Date for a time',
      'UploadText',
      { text_content: { messages: [{ timestamp: new Date() }] } },
      'text_content.messages[0].timestamp',
    ],
    [
      'a text for a message',
      'UploadText',
      { text_content: { messages: [{ text: 'Hello' }] } },
      'text_content.messages[0].text',
    ],
    [
      'half a second',
      'UploadText',
      { text_content: { messages: [{ timestamp: { seconds: 1.5 } }] } },
      'text_content.messages[0].timestamp.seconds',
    ],
    ['both of two', 'UploadAsStream', { metadata, audio: { chunk: { data } } }, 'request'],
    ['one for a list', 'Get', { talk_ids: 'a' }, 'talk_ids'],
    ['a list for one', 'Get', { project_id: ['a'] }, 'project_id'],
    ['a name that is no name', 'Get', { 'Bearer secret': 'a' }, '?'],
  ];
  for (const [name, method, request, what] of wrong) {
    it(`is refused: ${name}`, () => {
      assert.throws(() => checkRequest(method, request), { code: 'INPUT_INVALID', params: { what } });
    });
  }
});
