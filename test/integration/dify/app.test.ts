import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { InvalidError } from '../../../lib/core/errors';
import { readFileRules } from '../../../lib/dify/file-rules';
import { createTurns } from '../../../lib/core/turns';
import type { FileSource } from '../../../lib/dify/upload';
import { until } from '../../support/until';
import {
  difyBench,
  failureOf,
  finished,
  hastyClock,
  json,
  messageEnd,
  question,
  refusal,
  said,
  started,
  stream,
} from './support';

const parameters = {
  opening_statement: 'Hello!',
  suggested_questions: ['What can you do?'],
  suggested_questions_after_answer: { enabled: true },
  speech_to_text: { enabled: true },
  user_input_form: [{ 'text-input': { variable: 'city', required: true, max_length: 48 } }],
  file_upload: {
    enabled: true,
    number_limits: 2,
    allowed_file_types: ['image', 'custom'],
    allowed_file_extensions: ['.DWG'],
    allowed_file_upload_methods: ['local_file'],
  },
  system_parameters: { image_file_size_limit: 1, file_size_limit: 2 },
};

describe('what a Dify app is', () => {
  const bench = difyBench();

  it('is asked once, shared and kept for five minutes', async () => {
    const dify = await bench.server((asked, response) => {
      response.setHeader('x-version', '1.9.0');
      json(response, 200, asked.path === 'info' ? { name: 'Shop', mode: 'advanced-chat' } : parameters);
    });
    const client = bench.client(dify);
    const [app, same] = await Promise.all([client.describe(), client.describe()]);
    assert.equal(app, same);
    assert.deepEqual([app.name, app.mode, app.kind, app.version], ['Shop', 'advanced-chat', 'chat', '1.9.0']);
    assert.deepEqual([app.openingStatement, app.openingQuestions], ['Hello!', ['What can you do?']]);
    assert.deepEqual([app.suggestsQuestions, app.speechToText], [true, true]);
    assert.deepEqual(
      [app.form[0]?.variable, app.form[0]?.required, app.form[0]?.maxLength],
      ['city', true, 48],
    );
    assert.deepEqual(
      [app.files.types, app.files.extensions, app.files.most],
      [['image', 'custom'], ['dwg'], 2],
    );
    await client.describe();
    assert.equal(dify.asked.length, 2);
    await client.describe({ refresh: true });
    assert.equal(dify.asked.length, 4);
    await bench.clock.advance(5 * 60_000);
    await client.describe();
    assert.equal(dify.asked.length, 6);
  });

  it('is not kept when it could not be told', async () => {
    let isWell = false;
    const dify = await bench.server((asked, response) => {
      if (!isWell) return refusal(response, 401, 'unauthorized', 'Access token is invalid');
      json(response, 200, asked.path === 'info' ? { mode: 'workflow' } : {});
    });
    const client = bench.client(dify);
    assert.equal((await failureOf(client.describe())).code, 'DIFY_AUTH');
    isWell = true;
    assert.equal((await client.describe()).kind, 'workflow');
  });

  it('shows by its refusals where a release does not say it', async () => {
    for (const kind of ['chat', 'workflow'] as const) {
      const dify = await bench.server((asked, response) => {
        if (asked.path === 'info') return json(response, 200, { name: 'Old' });
        if (asked.path === 'parameters') return json(response, 200, {});
        if (asked.path === 'conversations' && kind === 'chat') return json(response, 200, { data: [] });
        if (asked.path === 'workflows/logs') return json(response, 200, { data: [] });
        refusal(response, 400, 'not_chat_app', 'no');
      });
      assert.equal((await bench.client(dify).describe()).kind, kind);
      assert.ok(dify.asked.every(({ method }) => method === 'GET'));
    }
  });

  it('knows the rules of old releases for files', () => {
    const image = { enabled: true, number_limits: 4, transfer_methods: ['remote_url'] };
    const rules = readFileRules({ file_upload: { image } });
    assert.deepEqual([rules.enabled, rules.types, rules.most, rules.uploads], [true, ['image'], 4, false]);
    assert.equal(readFileRules({}).enabled, false);
  });
});

describe('a run of a Dify workflow', () => {
  const bench = difyBench();

  it('gives its outputs, and a preview on the way', async () => {
    const dify = await bench.server((_asked, response) =>
      stream(
        response,
        started,
        { event: 'text_chunk', data: { text: 'Bon' } },
        { event: 'text_chunk', data: { text: 'jour' } },
        finished({ result: '<think>hm</think>Bonjour', n: 1 }),
      ),
    );
    const seen: string[] = [];
    const result = await bench
      .client(dify)
      .runWorkflow({ inputs: { a: 'b' }, user: 'u' }, { onProgress: (text) => seen.push(text) });
    assert.deepEqual(dify.asked[0]?.body, { inputs: { a: 'b' }, user: 'u', response_mode: 'streaming' });
    assert.deepEqual(
      [result.outputs, result.status, result.workflowRunId],
      [{ result: 'Bonjour', n: 1 }, 'succeeded', 'r1'],
    );
    assert.deepEqual(result.usage, { total_tokens: 3, total_steps: 2, elapsed_time: 1.5 });
    assert.equal(seen[0], 'Bon');
  });

  it('may have failed in part, or be told in JSON', async () => {
    const data = { status: 'partial-succeeded', outputs: { a: 1 }, error: null };
    const dify = await bench.server((_asked, response) =>
      json(response, 200, { task_id: 't', workflow_run_id: 'r', data }),
    );
    const result = await bench.client(dify).runWorkflow({ inputs: {}, user: 'u' });
    assert.deepEqual([result.status, result.outputs, result.taskId], ['partial', { a: 1 }, 't']);
  });

  it('has failed although the status is 200, be it told as a stream or in JSON', async () => {
    const data = { status: 'failed', outputs: null, error: 'Node LLM failed' };
    const asJson = await bench.server((_asked, response) =>
      json(response, 200, { workflow_run_id: 'r', data }),
    );
    const asStream = await bench.server((_asked, response) =>
      stream(response, started, finished(null, 'failed', 'Node LLM failed')),
    );
    const stopped = await bench.server((_asked, response) =>
      stream(response, started, finished(null, 'stopped')),
    );
    for (const dify of [asJson, asStream, stopped]) {
      const error = await failureOf(bench.client(dify).runWorkflow({ inputs: {}, user: 'u' }));
      assert.equal(error.code, 'DIFY_FAILED');
      if (dify !== stopped) assert.match(error.message, /Node LLM failed/);
    }
  });

  it('may have no outputs', async () => {
    const dify = await bench.server((_asked, response) => stream(response, started, finished(null)));
    assert.deepEqual((await bench.client(dify).runWorkflow({ inputs: {}, user: 'u' })).outputs, {});
  });

  it('runs the version that is asked for, and only that', async () => {
    const dify = await bench.server((_asked, response) => stream(response, finished({})));
    await bench.client(dify).runWorkflow({ inputs: {}, user: 'u', workflowId: '../../info' });
    assert.deepEqual(dify.paths(), ['POST workflows/..%2F..%2Finfo/run']);
  });
});

describe('files for a Dify app', () => {
  const bench = difyBench();
  const rules = readFileRules(parameters);
  let opened: string[] = [];
  beforeEach(() => (opened = []));

  function source(name: string, changes: Partial<FileSource> = {}): FileSource {
    const open = async (): Promise<Readable> => {
      opened.push(name);
      return Readable.from([Buffer.from(`bytes of ${name}`)]);
    };
    return { name, open, ...changes };
  }

  async function takingFiles() {
    let id = 0;
    return bench.server((asked, response) => {
      if (asked.path === 'audio-to-text') return json(response, 200, { text: ' spoken ' });
      id += 1;
      json(response, 201, { id: `f${id}` });
    });
  }

  it('are sent with their name, their type and the person', async () => {
    const dify = await takingFiles();
    const name = 'a "b" фото.png';
    const id = await bench.client(dify).uploadFile(source(name, { mime: 'image/png' }), { user: 'u1' });
    assert.equal(id, 'f1');
    const { headers, text = '' } = dify.asked[0] ?? { headers: {} };
    const [, boundary = ''] = /boundary=(.+)/.exec(headers['content-type'] ?? '') ?? [];
    const form = await new Response(text, {
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    }).formData();
    const file = form.get('file');
    assert.ok(file instanceof File);
    assert.deepEqual([file.name, file.type, await file.text()], [name, 'image/png', `bytes of ${name}`]);
    assert.equal(form.get('user'), 'u1');
  });

  it('beyond what the app takes are left out, told, and not even opened', async () => {
    const dify = await takingFiles();
    const files = [
      source('a.png'),
      source('b.pdf'),
      source('big.png', { size: 2 * 1024 * 1024 }),
      source('c.dwg'),
      source('d.jpg'),
    ];
    const { files: taken, skipped } = await bench.client(dify).uploadFiles(files, rules, { user: 'u' });
    assert.deepEqual(taken, [
      { type: 'image', transfer_method: 'local_file', upload_file_id: 'f1' },
      { type: 'custom', transfer_method: 'local_file', upload_file_id: 'f2' },
    ]);
    assert.deepEqual(skipped, [
      { name: 'b.pdf', reason: 'type' },
      { name: 'big.png', reason: 'size' },
      { name: 'd.jpg', reason: 'count' },
    ]);
    assert.deepEqual(opened, ['a.png', 'c.dwg']);
  });

  it('that fail on the way do not cost the others', async () => {
    const dify = await bench.server((asked, response) => {
      if (asked.text.includes('refused.png')) return refusal(response, 413, 'file_too_large', '');
      json(response, 201, { id: 'f' });
    });
    const endless = source('endless.png', {
      open: async () =>
        Readable.from(
          (function* () {
            for (;;) yield Buffer.alloc(65_536);
          })(),
          { objectMode: false },
        ),
    });
    const files = [
      source('gone.png', { open: () => Promise.reject(new Error('no such file')) }),
      source('torn.png', {
        open: async () =>
          Readable.from(
            (function* () {
              yield 'a';
              throw new Error('torn');
            })(),
          ),
      }),
      source('refused.png'),
      endless,
      source('fine.png'),
    ];
    const { files: taken, skipped } = await bench.client(dify).uploadFiles(files, rules, { user: 'u' });
    assert.equal(taken.length, 1);
    assert.deepEqual(
      skipped.map(({ name, reason }) => `${name} ${reason}`),
      ['gone.png unreadable', 'torn.png unreadable', 'refused.png size', 'endless.png size'],
    );
  });

  it('go into the variables of a workflow', async () => {
    const dify = await takingFiles();
    const field = { required: true, options: [], fileExtensions: [] };
    const form = [
      { ...field, variable: 'doc', control: 'file', fileTypes: ['document'] },
      { ...field, variable: 'pictures', control: 'file-list', fileTypes: ['image'], maxLength: 2 },
    ];
    const app = { kind: 'workflow' as const, files: rules, form };
    const files = ['1.png', '2.pdf', '3.png', '4.pdf'].map((name) => source(name));
    const attached = await bench.client(dify).attachFiles(files, app, { user: 'u' });
    const input = (type: string, id: string) => ({ type, transfer_method: 'local_file', upload_file_id: id });
    assert.deepEqual(attached.files, []);
    assert.deepEqual(attached.inputs, {
      doc: input('document', 'f2'),
      pictures: [input('image', 'f1'), input('image', 'f3')],
    });
    assert.deepEqual(
      attached.skipped.map(({ name }) => name),
      ['4.pdf'],
    );
  });

  it('are skipped in words by an app without files', async () => {
    const dify = await takingFiles();
    const app = { kind: 'chat' as const, files: readFileRules({}), form: [] };
    const { skipped } = await bench.client(dify).attachFiles([source('a.png')], app, { user: 'u' });
    assert.deepEqual([skipped, dify.asked.length], [[{ name: 'a.png', reason: 'off' }], 0]);
  });

  it('with a voice become texts where the app listens', async () => {
    const dify = await takingFiles();
    const client = bench.client(dify);
    const files = [source('voice.ogg', { mime: 'audio/ogg' }), source('a.png')];
    const heard = await client.transcribe(files, { speechToText: true }, { user: 'u' });
    assert.deepEqual([heard.texts, heard.others.map(({ name }) => name)], [['spoken'], ['a.png']]);
    const deaf = await client.transcribe(files, { speechToText: false }, { user: 'u' });
    assert.deepEqual([deaf.texts, deaf.others.length], [[], 2]);
  });

  it('may break before anybody reads them', async () => {
    const dify = await takingFiles();
    const open = async (): Promise<Readable> => {
      const content = new Readable({ read: () => undefined });
      content.destroy(new Error('broken at once'));
      return content;
    };
    const { skipped } = await bench
      .client(dify)
      .uploadFiles([source('a.png', { open })], rules, { user: 'u' });
    assert.deepEqual(skipped, [{ name: 'a.png', reason: 'unreadable' }]);
  });

  it('are not the fault when Dify cannot be reached', async () => {
    const dify = await bench.server((_asked, response) => refusal(response, 401, 'unauthorized', 'no'));
    const upload = bench.client(dify).uploadFiles([source('a.png')], rules, { user: 'u' });
    assert.equal((await failureOf(upload)).code, 'DIFY_AUTH');
  });
});

describe('small calls', () => {
  const bench = difyBench();

  it('ask for suggestions, which an app need not make', async () => {
    const dify = await bench.server((asked, response) =>
      asked.path.includes('m1')
        ? json(response, 200, { result: 'success', data: ['More?', 5] })
        : refusal(response, 400, 'bad_request', 'Suggested Questions Is Disabled.'),
    );
    const client = bench.client(dify);
    assert.deepEqual(await client.suggested('m1', 'u'), ['More?']);
    assert.equal(dify.asked[0]?.query.get('user'), 'u');
    assert.deepEqual(await client.suggested('m2', 'u'), []);
  });

  it('send feedback and stop a task', async () => {
    const dify = await bench.server((_asked, response) => json(response, 200, { result: 'success' }));
    const client = bench.client(dify);
    await client.feedback({ messageId: 'm1', user: 'u', rating: null });
    await client.stop('workflow', 't1', 'u');
    assert.deepEqual(dify.paths(), ['POST messages/m1/feedbacks', 'POST workflows/tasks/t1/stop']);
    assert.deepEqual(dify.asked[0]?.body, { user: 'u', rating: null });
  });
});

describe('calls in one conversation', () => {
  const bench = difyBench();

  it('wait for each other, though they come from two clients and before there is an id', async () => {
    const answers: (() => void)[] = [];
    const dify = await bench.server((_asked, response) => {
      answers.push(() => stream(response, said('ok'), messageEnd));
    });
    const turns = createTurns();
    const [one, other] = [bench.client(dify, { turns }), bench.client(dify, { turns })];
    const request = { ...question, sessionKey: 'chat7' };
    const all = [
      one.chat(request),
      other.chat({ ...request, query: 'second' }),
      one.chat({ ...request, sessionKey: 'chat8' }),
    ];
    await until(() => answers.length === 2, 'both conversations');
    assert.ok(!dify.asked.some(({ text }) => text.includes('second')));
    for (const answer of answers.splice(0)) answer();
    await until(() => answers.length === 1, 'the second question');
    for (const answer of answers) answer();
    await Promise.all(all);
    assert.equal(turns.size(), 0);
  });

  it('are let go when one of them fails', async () => {
    const dify = await bench.server((asked, response) =>
      asked.text.includes('second')
        ? stream(response, said('ok'), messageEnd)
        : refusal(response, 400, 'invalid_param', 'no'),
    );
    const client = bench.client(dify, { clock: hastyClock }, hastyClock);
    const request = { ...question, conversationId: 'c1' };
    const [first, second] = await Promise.allSettled([
      client.chat(request),
      client.chat({ ...request, query: 'second' }),
    ]);
    assert.deepEqual([first.status, second.status], ['rejected', 'fulfilled']);
  });

  it('cannot be made with settings that no call can use', () => {
    assert.throws(() => bench.client({ origin: 'https://cloud.dify.ai/apps' }), InvalidError);
  });
});
