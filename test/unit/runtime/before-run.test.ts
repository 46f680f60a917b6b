import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { InvalidError, RefusedError, UnreachableError } from '../../../lib/core/errors';
import type { HttpClient, HttpRequest } from '../../../lib/core/http';
import type { DifyApp } from '../../../lib/dify/app';
import { createDifyClient } from '../../../lib/dify/client';
import { readFileRules } from '../../../lib/dify/file-rules';
import type { Asking } from '../../../nodes/runtime/dify/asking';
import { appForRun } from '../../../nodes/runtime/dify/app-for-run';
import { beforeRun } from '../../../nodes/runtime/dify/before-run';
import { runInputsFor } from '../../../nodes/runtime/dify/run-inputs';
import { explain } from '../../../nodes/runtime/explain';

const broken = new UnreachableError('ADDRESS_UNREACHABLE', 'broke off', {
  sent: true,
  params: { reason: 'ECONNRESET' },
});

describe('a failure before any run', () => {
  const { signal } = new AbortController();
  const http: HttpClient = { send: breaking, stream: breaking, close: () => undefined };
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  const client = createDifyClient({ baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'app-1', http, clock });

  async function breaking({ body }: HttpRequest): Promise<never> {
    if (body instanceof Readable) body.destroy();
    throw broken;
  }

  async function assertClear(preparation: Promise<unknown>): Promise<void> {
    const failure: unknown = await preparation.catch((error: unknown) => error);
    if (!(failure instanceof UnreachableError)) return assert.fail('it should fail');
    const { code, isUnclear } = explain(failure, (key) => key, 'dify-chatflow');
    assert.deepEqual(
      [code, failure.params, isUnclear],
      ['DIFY_UNREACHABLE', { reason: 'ECONNRESET' }, false],
    );
  }

  it('leaves no doubt when the app cannot be looked at', async () => {
    await assertClear(appForRun(client, 'chat', signal));
  });

  it('leaves no doubt when a file or a recording cannot be brought there', async () => {
    const files = [{ name: 'photo.png', open: () => Promise.resolve(Readable.from([Buffer.from('x')])) }];
    const rules = { file_upload: { enabled: true, image: { enabled: true } } };
    const app: DifyApp = {
      ...{ name: 'a', mode: 'advanced-chat', kind: 'chat', description: '', version: '', form: [] },
      ...{ openingStatement: '', openingQuestions: [], suggestsQuestions: false, speechToText: true },
      files: readFileRules(rules),
    };
    const given = { app, question: 'Look', variables: {} };
    const asking: Asking = {
      ...{ message: { _msgid: '1' }, dialog: undefined, user: 'u', options: { signal }, files },
      read: () => Promise.resolve(given),
      hear: () => Promise.resolve({ ...given, words: 'Look', files }),
    };
    const parts = {
      client,
      settings: { sendsFiles: true, tooLong: 'cut' as const },
      onNotice: (notice: Error) => assert.fail(notice),
    };
    await assertClear(runInputsFor(asking, parts));
    const voice = [{ ...files[0], name: 'voice.ogg', open: files[0]?.open ?? assert.fail() }];
    const spoken = (): Promise<never> =>
      client.transcribe(voice, app, { user: 'u', signal }).then(() => assert.fail('it should fail'));
    await assertClear(runInputsFor({ ...asking, hear: spoken }, parts));
  });

  it('leaves none behind a proxy that stopped waiting, and says else what it said', async () => {
    for (const status of [504, 524]) {
      const gaveUp = new RefusedError('DIFY_UNREACHABLE', 'gave up', { status });
      await assert.rejects(
        beforeRun(() => Promise.reject(gaveUp)),
        { code: 'DIFY_UNREACHABLE', message: 'gave up', sent: false },
      );
    }
    for (const failure of [
      new RefusedError('DIFY_AUTH', 'no', { status: 401 }),
      new InvalidError('DIFY_MODE', 'no'),
    ]) {
      await assert.rejects(
        beforeRun(() => Promise.reject(failure)),
        (error: unknown) => error === failure,
      );
    }
    assert.equal(await beforeRun(() => Promise.resolve('done')), 'done');
  });
});
