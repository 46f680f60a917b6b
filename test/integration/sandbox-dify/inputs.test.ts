import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Dify, FormField } from '../../../sandbox/dify';
import { at, callerOf, refusalIn, servers, type Caller } from './support';

const start = servers();

async function withForm(
  form: FormField[],
): Promise<Caller & { dify: Dify; asked: (inputs: object) => Promise<string> }> {
  const dify = await start({ apps: [{ name: 'flow', mode: 'workflow', form }] });
  const caller = callerOf(dify, 'flow');
  const asked = async (inputs: object): Promise<string> => {
    const answer = await caller.post('/workflows/run', { inputs });
    return answer.status === 200 ? 'taken' : refusalIn(answer).replace('400 invalid_param: ', '');
  };
  return { ...caller, dify, asked };
}

describe('sandbox dify: the input form', () => {
  it('wants what is required, and takes the default else', async () => {
    const { asked, dify } = await withForm([
      { type: 'paragraph', variable: 'A', required: true },
      { type: 'paragraph', variable: 'B', default: 'usual' },
    ]);
    assert.equal(await asked({}), 'A is required in input form');
    assert.equal(await asked({ A: null }), 'A is required in input form');
    assert.equal(await asked({ A: '', C: 'not declared' }), 'taken');
    assert.deepEqual(dify.runs[0]?.turn.inputs, { A: '', B: 'usual' });
  });

  it('counts code points, and lets exactly the limit pass', async () => {
    const { asked } = await withForm([
      { type: 'text-input', variable: 'A' },
      { type: 'paragraph', variable: 'B' },
      { type: 'text-input', variable: 'C', maxLength: 3 },
    ]);
    assert.equal(await asked({ A: 'a'.repeat(48) }), 'taken');
    assert.equal(await asked({ A: '😀'.repeat(48) }), 'taken');
    assert.equal(await asked({ A: 'a'.repeat(49) }), 'A in input form must be less than 48 characters');
    assert.equal(await asked({ B: 'b'.repeat(5000) }), 'taken');
    assert.equal(await asked({ C: 'four' }), 'C in input form must be less than 3 characters');
  });

  it('wants texts for texts', async () => {
    const { asked } = await withForm([
      { type: 'text-input', variable: 'A' },
      { type: 'paragraph', variable: 'B' },
      { type: 'select', variable: 'C', options: ['en', 'ru'] },
    ]);
    assert.equal(await asked({ A: 7 }), "(type 'text-input') A in input form must be a string");
    assert.equal(await asked({ B: true }), "(type 'paragraph') B in input form must be a string");
    assert.equal(await asked({ C: 'ru' }), 'taken');
    const choices = "C in input form must be one of the following: ['en', 'ru']";
    assert.equal(await asked({ C: 'de' }), choices);
    assert.equal(await asked({ C: '' }), choices);
  });

  it('reads numbers and flags from texts too', async () => {
    const { asked, dify } = await withForm([
      { type: 'number', variable: 'N' },
      { type: 'checkbox', variable: 'F' },
      { type: 'json_object', variable: 'O' },
    ]);
    assert.equal(await asked({ N: '12.5', F: 'yes', O: { a: 1 } }), 'taken');
    assert.deepEqual(dify.runs[0]?.turn.inputs, { N: 12.5, F: true, O: { a: 1 } });
    assert.equal(await asked({ N: 'many' }), 'N in input form must be a valid number');
    assert.equal(await asked({ F: 'perhaps' }), 'F in input form must be a boolean');
    assert.equal(await asked({ O: '{}' }), 'O in input form must be a dict');
  });

  it('checks every turn, except in old releases', async () => {
    const dify = await start();
    const { app, stream, post } = callerOf(dify, 'chatflow');
    app.form = [{ type: 'paragraph', variable: 'A', required: true }];
    const first = await stream({ inputs: { A: 'first' } });
    const conversation_id = first.events[0]?.['conversation_id'];
    const later = { query: 'x', inputs: {}, conversation_id };
    assert.match(refusalIn(await post('/chat-messages', later)), /A is required in input form/);
    app.inputs = 'first-turn-only';
    assert.equal((await post('/chat-messages', { ...later, inputs: { A: 'second' } })).status, 200);
    assert.deepEqual(dify.runs.at(-1)?.turn.inputs, { A: 'first' });
  });
});

const png = new Blob(['pixels'], { type: 'image/png' });

describe('sandbox dify: files', () => {
  it('takes one file at a time', async () => {
    const dify = await start();
    const { upload, get, app } = callerOf(dify, 'chatbot');
    const { status, json } = await upload('/files/upload', png, 'фото.png');
    assert.equal(status, 201);
    assert.deepEqual([at(json, 'name'), at(json, 'size'), at(json, 'extension')], ['фото.png', 6, 'png']);
    assert.equal(dify.files[0]?.content.toString(), 'pixels');
    const id = String(at(json, 'id'));
    const preview = await get(`/files/${id}/preview`, { as_attachment: 'true' });
    assert.deepEqual([preview.status, preview.text], [200, 'pixels']);
    assert.match(preview.headers.get('content-disposition') ?? '', /^attachment/);
    assert.equal((await callerOf(dify, 'chatbot', 'bob').get(`/files/${id}/preview`)).status, 403);
    assert.equal((await get(`/files/${randomUUID()}/preview`)).status, 404);
    app.limits = { ...app.limits, image_file_size_limit: 5 / 1024 / 1024 };
    assert.match(refusalIn(await upload('/files/upload', png)), /^413 file_too_large/);
  });

  it('refuses uploads that are none', async () => {
    const dify = await start();
    const { upload, app } = callerOf(dify, 'chatbot');
    assert.match(refusalIn(await upload('/files/upload', undefined)), /^400 no_file_uploaded/);
    assert.match(refusalIn(await upload('/files/upload', png, 'a/b.png')), /^400 invalid_param/);
    assert.match(refusalIn(await upload('/files/upload', png, 'virus.exe')), /^400 invalid_param/);
    const raw = async (head: string, times = 1): Promise<string> => {
      const part = `--x\r\nContent-Disposition: form-data; ${head}\r\n\r\nbytes\r\n`;
      const body = `--x\r\nContent-Disposition: form-data; name="user"\r\n\r\nada\r\n${part.repeat(times)}--x--\r\n`;
      const headers = {
        Authorization: `Bearer ${app.key}`,
        'Content-Type': 'multipart/form-data; boundary=x',
      };
      const response = await fetch(`${dify.baseUrl}/files/upload`, { method: 'POST', headers, body });
      return `${response.status} ${String(at(await response.json(), 'code'))}`;
    };
    assert.equal(await raw('name="file"; filename="a.png"'), '415 unsupported_file_type');
    assert.equal(await raw('name="file"; filename="a.png"\r\nContent-Type: image/png'), '201 undefined');
    assert.equal(
      await raw('name="file"; filename="a.png"\r\nContent-Type: image/png', 2),
      '400 too_many_files',
    );
    assert.equal(
      await raw('name="file"; filename=""\r\nContent-Type: image/png'),
      '400 filename_not_exists_error',
    );
  });

  it('lets only its user refer to a file', async () => {
    const dify = await start();
    const ada = callerOf(dify, 'chatbot');
    const id = at((await ada.upload('/files/upload', png)).json, 'id');
    const file = { type: 'image', transfer_method: 'local_file', upload_file_id: id };
    const sent = (caller: Caller, ...files: unknown[]): Promise<string> =>
      caller.post('/chat-messages', { query: 'x', inputs: {}, files }).then(refusalIn);
    assert.match(await sent(ada, file), /^200/);
    assert.equal(dify.runs[0]?.turn.files[0]?.name, 'photo.png');
    const bob = callerOf(dify, 'chatbot', 'bob');
    assert.equal(await sent(bob, file), '400 invalid_param: Invalid upload file');
    assert.equal(
      await sent(ada, { ...file, upload_file_id: randomUUID() }),
      '400 invalid_param: Invalid upload file',
    );
    assert.equal(
      await sent(ada, { ...file, upload_file_id: 'abc' }),
      '400 invalid_param: Invalid upload file id format',
    );
    assert.match(await sent(ada, { ...file, type: 'picture' }), /^400 invalid_param/);
    assert.match(
      await sent(ada, { type: 'image', transfer_method: 'remote_url', url: 'https://host/a.png' }),
      /^200/,
    );
    assert.equal(
      await sent(ada, file, file, file, file),
      '400 invalid_param: Number of files exceeds the maximum limit 3',
    );
  });

  it('keeps to what the app allows, and looks at nothing when uploads are off', async () => {
    const dify = await start();
    const { app, upload, post } = callerOf(dify, 'chatbot');
    const id = at((await upload('/files/upload', png)).json, 'id');
    const files = [{ type: 'image', transfer_method: 'local_file', upload_file_id: id }];
    const send = (): Promise<string> =>
      post('/chat-messages', { query: 'x', inputs: {}, files }).then(refusalIn);
    const refused = '400 invalid_param: File validation failed for file: photo.png';
    app.fileUpload = { ...app.fileUpload, types: ['document'] };
    assert.equal(await send(), refused);
    app.fileUpload = { ...app.fileUpload, types: ['image'], methods: ['remote_url'] };
    assert.equal(await send(), refused);
    app.fileUpload = { ...app.fileUpload, types: ['custom'], extensions: ['.PNG'], methods: ['local_file'] };
    assert.match(await send(), /^200/);
    app.fileUpload = { ...app.fileUpload, enabled: false };
    files.splice(0, 1, { type: 'nonsense', transfer_method: '', upload_file_id: '' });
    assert.match(await send(), /^200/);
    assert.deepEqual(dify.runs.at(-1)?.turn.files, []);
  });

  it('takes files in the form of a workflow', async () => {
    const { asked, upload, dify } = await withForm([
      { type: 'file', variable: 'doc', fileTypes: ['document'] },
      { type: 'file-list', variable: 'pictures', maxLength: 2, fileTypes: ['image'] },
    ]);
    const idOf = async (name: string, type: string): Promise<unknown> =>
      at((await upload('/files/upload', new Blob(['x'], { type }), name)).json, 'id');
    const doc = {
      type: 'document',
      transfer_method: 'local_file',
      upload_file_id: await idOf('a.pdf', 'application/pdf'),
    };
    const picture = {
      type: 'image',
      transfer_method: 'local_file',
      upload_file_id: await idOf('b.png', 'image/png'),
    };
    assert.equal(await asked({ doc, pictures: [picture, picture] }), 'taken');
    assert.equal(dify.runs[0]?.turn.files.length, 3);
    assert.equal(await asked({ doc: '' }), 'taken');
    assert.equal(await asked({ doc: picture }), 'File validation failed for file: b.png');
    assert.equal(await asked({ doc: 'a.pdf' }), 'doc in input form must be a file');
    assert.equal(await asked({ pictures: picture }), 'pictures in input form must be a list of files');
    assert.equal(
      await asked({ pictures: [picture, picture, picture] }),
      'pictures in input form must be less than 2 files',
    );
  });
});
