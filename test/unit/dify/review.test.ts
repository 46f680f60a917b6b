import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { Clock } from '../../../lib/core/clock';
import { RefusedError, UnreachableError } from '../../../lib/core/errors';
import type { HttpStreamResponse } from '../../../lib/core/http';
import { DifyRunError } from '../../../lib/dify/answer';
import type { ApiAnswer, DifyApi } from '../../../lib/dify/api';
import { createDescriber } from '../../../lib/dify/app';
import { fitInputs } from '../../../lib/dify/fit-inputs';
import { formContent } from '../../../lib/dify/form-parts';
import { readForm } from '../../../lib/dify/human-form';
import { readInputForm } from '../../../lib/dify/input-form';
import { splitMarkdown } from '../../../lib/dify/markdown-files';
import type { RunOptions } from '../../../lib/dify/request';
import { clientWith, eventStream } from './memory-http';

const origin = 'https://dify.example';
const picture = '![plan](https://dify.example/plan.png)';

describe('pictures in a text that was made to be slow', () => {
  const length = 200_000;
  for (const unit of [
    '![',
    '[',
    '](',
    '[a](',
    '![a](b ',
    '> ',
    '- ',
    '*a_',
    '`a',
    '<a ',
    '|a\n',
    '\t- a\n',
  ]) {
    it(`of ${JSON.stringify(unit)} lose no word`, () => {
      const most = unit.repeat(Math.floor((length - 100) / unit.length));
      for (const hostile of [most, `${most} ${picture}`, most.slice(0, 25_000) + picture]) {
        const said = splitMarkdown(hostile, origin).map((piece) =>
          'text' in piece ? piece.text : `![${piece.file.name}](${piece.file.url})`,
        );
        const bare = (text: string): string => text.replace(/\s|!\[plan[^)!]*\)|plan/g, '');
        assert.equal(bare(said.join('')), bare(hostile));
      }
    });
  }

  it('are left where they are when the text is nested deeper than the lexer can go', () => {
    const text = `${'> '.repeat(6000)} ${picture}`;
    assert.deepEqual(splitMarkdown(text, origin), [{ text }]);
  });

  it('are found in each of its chunks, also when they are written out', () => {
    const url = `data:image/png;base64,${'iVBORw0K'.repeat(15_000)}`;
    const prose = `${'Some words. '.repeat(100)}\n\n`.repeat(15).trim();
    const chart = { name: 'chart', type: 'image', url };
    const plan = { name: 'plan.png', type: 'image', url: 'https://dify.example/plan.png' };
    assert.deepEqual(
      splitMarkdown(`${prose}\n\n![chart](${url})\n\n${prose}\n\n${picture}\n\nThe end`, origin),
      [{ text: prose }, { file: chart }, { text: prose }, { file: plan }, { text: 'The end' }],
    );
    const code = `\`![chart](${url})\` and ${picture}`;
    assert.deepEqual(splitMarkdown(code, origin), [
      { text: `\`![chart](${url})\` and plan` },
      { file: plan },
    ]);
  });
});

describe('what a form says', () => {
  it('loses the blanks at the ends of its lines only', () => {
    assert.equal(formContent({ content: 'a \t\n b\t c  \n\n\n\nd ', values: {} }), 'a\n b\t c\n\nd');
    const blanks = ' '.repeat(200_000);
    assert.equal(formContent({ content: `a${blanks}b${blanks}`, values: {} }), `a${blanks}b`);
  });

  it('ends at a whole millisecond', () => {
    assert.equal(readForm({ expiration_time: 1795494029.123456 }).expiresAt, 1795494029123);
  });
});

describe('a text that is too long for its variable', () => {
  const form = readInputForm({
    user_input_form: [{ 'text-input': { variable: 'MESSAGE', required: true, max_length: 12 } }],
  });

  it('is cut though it begins with a bracket, unless it is JSON', () => {
    for (const text of ['[b]Hello[/b], I would like', '{name}, hello to you', '[1] and [2] are nice']) {
      assert.deepEqual(fitInputs({ MESSAGE: text }, form), {
        inputs: { MESSAGE: text.slice(0, 12) },
        warnings: [{ variable: 'MESSAGE', problem: 'cut', limit: 12 }],
      });
    }
    for (const json of ['[1, 2, 3, 4, 5, 6]', ' {"a": "b", "c": 1}']) {
      assert.throws(() => fitInputs({ MESSAGE: json }, form), { code: 'DIFY_INPUT_LONG' });
    }
  });
});

describe('a run that fails in its midst', () => {
  const question = { query: 'q', inputs: {}, user: 'u', conversationId: 'c1' };
  const lost = { event: 'error', status: 404, code: 'not_found', message: 'Conversation Not Exists.' };

  async function failureOf(events: readonly object[], options: RunOptions = {}) {
    const { client, asked } = clientWith(() => streamOf(events));
    const failure: unknown = await client.chat(question, options).catch((error: unknown) => error);
    if (!(failure instanceof DifyRunError)) return assert.fail('the run should fail');
    return { failure, starts: asked.filter(({ method }) => method === 'POST').length };
  }

  it('is not run again, though its error speaks of a lost conversation', async () => {
    for (const begun of [
      { event: 'message', message_id: 'm1', answer: 'I order it' },
      { event: 'workflow_started', workflow_run_id: 'r1', data: {} },
    ]) {
      const { failure, starts } = await failureOf([begun, lost]);
      assert.deepEqual([failure.code, failure.hasBegun, starts], ['DIFY_FAILED', true, 1]);
    }
    const { failure, starts } = await failureOf([lost]);
    assert.deepEqual([failure.code, failure.hasBegun, starts], ['DIFY_CONVERSATION', false, 2]);
  });

  it('keeps its reasoning to itself, unless it is wanted', async () => {
    const answer = '<think>They want a pizza.</think>With pleasure';
    const events = [
      { event: 'message', answer },
      { ...lost, message: 'no' },
    ];
    assert.equal((await failureOf(events)).failure.partialText, 'With pleasure');
    assert.equal((await failureOf(events, { stripThinking: false })).failure.partialText, answer);
  });
});

describe('a look at an app', () => {
  it('gives the older description when the app was looked at earlier and cannot be now', async () => {
    let now = 0;
    let failure: Error | undefined;
    const looks: string[] = [];
    const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };
    const answer: ApiAnswer = { json: { mode: 'workflow', name: 'first' }, version: undefined };
    const api: DifyApi = {
      base: new URL(origin),
      hiding: () => ({ secrets: [], sent: {} }),
      open: () => assert.fail('nothing is run'),
      ask: async ({ path }) => {
        looks.push(path);
        if (failure) throw failure;
        return answer;
      },
    };
    const describeApp = createDescriber(api, clock);
    const outage = new UnreachableError('DIFY_TIMEOUT', 'nothing came', { sent: true });
    failure = outage;
    await assert.rejects(describeApp(), { code: 'DIFY_TIMEOUT' });
    failure = undefined;
    const first = await describeApp();
    now += 6 * 60_000;
    failure = outage;
    assert.equal(await describeApp(), first);
    const before = looks.length;
    assert.equal(await describeApp(), first);
    assert.equal(looks.length, before);
    await assert.rejects(describeApp({ refresh: true }), { code: 'DIFY_TIMEOUT' });
    now += 2 * 60_000;
    failure = new RefusedError('DIFY_AUTH', 'no', { status: 401 });
    await assert.rejects(describeApp(), { code: 'DIFY_AUTH' });
    failure = undefined;
    assert.notEqual(await describeApp(), first);
  });
});

function streamOf(events: readonly object[]): HttpStreamResponse {
  const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
  return eventStream(Readable.from([Buffer.from(body)]));
}
