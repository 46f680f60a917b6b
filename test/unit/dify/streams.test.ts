import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BitlaneError, UnreachableError } from '../../../lib/core/errors';
import { readSse } from '../../../lib/dify/sse';
import { clientWith, eventStream, refused } from './memory-http';

const events = [
  { event: 'workflow_started', task_id: 't', conversation_id: 'c', message_id: 'm', workflow_run_id: 'r' },
  { event: 'message', task_id: 't', answer: 'Привет ' },
  { event: 'message', answer: '👩‍💻 one\r\ntwo' },
  { event: 'message_end', metadata: { usage: { total_tokens: 1 } } },
  { event: 'workflow_finished', workflow_run_id: 'r', data: { status: 'succeeded', outputs: {} } },
];
const wanted = 'Привет 👩‍💻 one\r\ntwo';
const question = { query: 'q', inputs: {}, user: 'u' };

for (const [name, lineEnd] of [
  ['LF', '\n'],
  ['CRLF', '\r\n'],
] as const) {
  describe(`a stream with ${name}`, () => {
    const recorded = Buffer.from(
      [': hello', 'event: ping', '', ...events.flatMap((event) => [`data: ${JSON.stringify(event)}`, ''])]
        .map((line) => line + lineEnd)
        .join(''),
    );

    it('says the same, wherever it is cut into pieces', async () => {
      for (let cut = 0; cut <= recorded.length; cut += 1) {
        const pieces = [recorded.subarray(0, cut), recorded.subarray(cut)].filter(({ length }) => length > 0);
        const { client } = clientWith(() => eventStream(Readable.from(pieces)));
        assert.equal((await client.chat(question)).text, wanted, `cut at ${cut}`);
      }
    });

    it('gives the answer or one clear error, wherever it ends, and is started once', async () => {
      let whole = 0;
      for (let cut = 0; cut < recorded.length; cut += 1) {
        for (const isReset of [false, true]) {
          const { client, asked } = clientWith(({ method }) =>
            method === 'POST' ? eventStream(broken(recorded.subarray(0, cut), isReset)) : refused(404),
          );
          const outcome = await client.chat(question).catch((error: unknown) => error);
          if (outcome instanceof Error) {
            assert.ok(
              outcome instanceof BitlaneError && outcome.code === 'DIFY_INTERRUPTED',
              String(outcome),
            );
          } else {
            assert.equal(Reflect.get(Object(outcome), 'text'), wanted, `ended at ${cut}`);
            whole += 1;
          }
          assert.equal(asked.filter(({ method }) => method === 'POST').length, 1);
        }
      }
      // From the end of message_end on.
      assert.ok(whole > 100 && whole < recorded.length, String(whole));
    });
  });
}

function broken(bytes: Buffer, isReset: boolean): Readable {
  async function* pieces(): AsyncGenerator<Buffer> {
    if (bytes.length > 0) yield bytes;
    if (!isReset) return;
    throw new UnreachableError('ADDRESS_UNREACHABLE', 'broke off', {
      sent: true,
      params: { reason: 'ECONNRESET' },
    });
  }
  return Readable.from(pieces());
}

describe('a long stream', () => {
  setFlagsFromString('--expose-gc');
  const heapInUse = (): number => {
    runInNewContext('gc()');
    return process.memoryUsage().heapUsed;
  };

  it('is read no faster than it is used', async () => {
    let made = 0;
    function* pieces(): Generator<Buffer> {
      for (; made < 20_000; made += 1) {
        yield Buffer.from(
          `data: ${JSON.stringify({ event: 'message', answer: 'x'.repeat(60), n: made })}\n\n`,
        );
      }
    }
    let used = 0;
    let longestLead = 0;
    for await (const events of readSse(
      Readable.from(pieces(), { objectMode: false, highWaterMark: 16_384 }),
    )) {
      assert.ok(events.every((event) => event !== undefined));
      used += events.length;
      longestLead = Math.max(longestLead, made - used);
    }
    assert.equal(used, 20_000);
    assert.ok(longestLead < 2000, String(longestLead));
  });

  it('keeps its text and nothing of the nodes that went by', async () => {
    const inputs = 'i'.repeat(5000);
    function* pieces(): Generator<Buffer> {
      for (let at = 0; at < 20_000; at += 1) {
        yield Buffer.from(`data: ${JSON.stringify({ event: 'message', answer: 'x'.repeat(100) })}\n\n`);
        if (at % 2 === 0)
          yield Buffer.from(`data: ${JSON.stringify({ event: 'node_finished', data: { inputs } })}\n\n`);
      }
      // By now 52 MB have gone by.
      inUse = heapInUse();
      yield Buffer.from('data: {"event":"workflow_finished","data":{"status":"succeeded","outputs":{}}}\n\n');
      yield Buffer.from('data: {"event":"message_end"}\n\n');
    }
    let inUse = 0;
    const before = heapInUse();
    const { client } = clientWith(() => eventStream(Readable.from(pieces(), { objectMode: false })));
    const { text } = await client.chat(question);
    assert.equal(text.length, 2_000_000);
    assert.ok(inUse - before < 16 * 1024 * 1024, `${inUse - before}`);
  });

  it('ends at an event without end, at a body without events, and at an answer without end', async () => {
    const endless = (piece: string) => {
      function* pieces(): Generator<Buffer> {
        for (;;) yield Buffer.from(piece);
      }
      return eventStream(Readable.from(pieces(), { objectMode: false }));
    };
    for (const piece of [
      'x'.repeat(65_536),
      `data: ${'x'.repeat(65_536)}\n`,
      `data: ${JSON.stringify({ event: 'message', answer: 'x'.repeat(60_000) })}\n\n`,
    ]) {
      const { client, asked } = clientWith(() => endless(piece));
      await assert.rejects(client.chat(question), (error) => {
        assert.ok(error instanceof UnreachableError);
        return error.params['reason'] === 'TOO_LARGE';
      });
      assert.equal(asked.length, 1);
    }
  });
});
