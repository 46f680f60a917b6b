import assert from 'node:assert/strict';
import http from 'node:http';
import { gunzipSync } from 'node:zlib';
import { createGate } from '../../../sandbox/dify';
import { manualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import {
  asked,
  callerOf,
  hear,
  heardFrom,
  hearUntil,
  nameOf,
  readAnswer,
  readerOf,
  servers,
} from './support';

const start = servers();

describe('sandbox dify: streams that do not end', function () {
  it('lose one of their ends, or both', async () => {
    const lost = {
      'message-end-lost': ['workflow_finished', 'message_end'],
      'workflow-finished-lost': ['message_end', 'workflow_finished'],
      'end-lost': ['**Hello**', 'workflow_finished'],
    } as const;
    for (const [name, [last, missing]] of Object.entries(lost)) {
      const dify = await start();
      dify.script('chatflow', nameOf(name));
      const reader = readerOf(await callerOf(dify, 'chatflow').open('/chat-messages', asked));
      const raw = await hearUntil(reader, (so) => so.includes(last));
      dify.ping();
      const rest = await hearUntil(reader, (so) => so.endsWith('event: ping\n\n'));
      assert.equal(`${raw}${rest}`.includes(`"event":"${missing}"`), false);
      await reader.cancel();
    }
  });

  it('stop in mid-answer until the run is stopped', async () => {
    const dify = await start();
    dify.script('chatflow', 'never-ends');
    const { open, post } = callerOf(dify, 'chatflow');
    const reader = readerOf(await open('/chat-messages', asked));
    await hearUntil(reader, (raw) => raw.includes('"answer":"You"'));
    assert.equal(dify.runs[0]?.status, 'running');
    await post(`/chat-messages/${String(dify.runs[0]?.taskId)}/stop`);
    await hearUntil(reader, (raw) => raw.includes('"status":"stopped"'));
    assert.equal((await reader.read()).done, true);
  });

  it('wait for a title, unless they are told not to', async () => {
    const dify = await start();
    const { stream, open } = callerOf(dify, 'chatbot');
    dify.script('chatbot', 'slow-title', 'slow-title');
    assert.equal((await stream()).end, 'closed');
    const reader = readerOf(await open('/chat-messages', { ...asked, auto_generate_name: true }));
    await hearUntil(reader, (raw) => raw.includes('message_end'));
    dify.ping();
    await hearUntil(reader, (raw) => raw.includes('ping'));
    await reader.cancel();
  });

  it('bring pings by the clock', async () => {
    const clock = manualClock();
    const dify = await start({ clock });
    dify.script('chatbot', 'pings-only');
    const reader = readerOf(await callerOf(dify, 'chatbot').open('/chat-messages', asked));
    const isPing = (raw: string): boolean => raw === 'event: ping\n\n';
    await hearUntil(reader, isPing);
    for (let count = 0; count < 3; count += 1) {
      await clock.advance(10_000);
      await hearUntil(reader, isPing);
    }
    await reader.cancel();
    await until(() => clock.pending() === 0, 'the timer of the pings to go');
  });

  it('say nothing at all', async () => {
    const dify = await start();
    dify.script('chatbot', 'half-open', 'no-answer');
    const { open } = callerOf(dify, 'chatbot');
    const response = await open('/chat-messages', asked);
    assert.equal(response.status, 200);
    dify.ping();
    const leaving = new AbortController();
    const body = JSON.stringify({ user: 'ada', ...asked });
    const silent = open('/chat-messages', undefined, { body, signal: leaving.signal });
    await until(() => dify.calls[1]?.scenario === 'no-answer', 'the second call');
    leaving.abort();
    await assert.rejects(silent);
    await response.body?.cancel();
    await until(() => dify.calls.every(({ ended }) => ended), 'both calls to end');
    assert.deepEqual(
      dify.calls.map(({ status }) => status),
      [200, 0],
    );
  });

  it('come a byte a second', async () => {
    const clock = manualClock();
    const dify = await start({ clock, pingMs: 0 });
    dify.script('chatbot', 'one-byte-a-second');
    const reader = readerOf(await callerOf(dify, 'chatbot').open('/chat-messages', asked));
    for (const byte of 'data') {
      await until(() => clock.pending() === 1, 'the writer to wait for its second');
      await clock.advance(1000);
      assert.equal(await hearUntil(reader, (raw) => raw !== ''), byte);
    }
    await reader.cancel();
  });
});

describe('sandbox dify: broken connections', function () {
  it('are reset before any answer', async () => {
    const dify = await start();
    dify.script('chatbot', 'reset', 'answer-lost');
    const { open } = callerOf(dify, 'chatbot');
    await assert.rejects(open('/chat-messages', asked));
    assert.equal(dify.runs.length, 0);
    await assert.rejects(open('/chat-messages', asked));
    await dify.runs[0]?.ended;
    assert.equal(dify.runs[0]?.status, 'succeeded');
  });

  it('end at any byte', async () => {
    const dify = await start();
    const { stream } = callerOf(dify, 'chatbot');
    const answer = { answer: 'Hé!' };
    dify.script('chatbot', answer);
    const { length } = Buffer.from((await stream()).raw);
    for (let cutAt = 0; cutAt < length; cutAt += 7) {
      dify.script('chatbot', { ...answer, wire: { cutAt } });
      const response = await callerOf(dify, 'chatbot').open('/chat-messages', asked);
      const { bytes, whole } = await bytesOf(response);
      assert.deepEqual([bytes, whole], [cutAt, false]);
    }
    assert.equal(
      dify.runs.every((run) => run.finishedAt !== undefined),
      true,
    );
  });

  it('follow the bytes and gates of a test', async () => {
    const dify = await start();
    const gate = createGate();
    const pieces = ['data: {"event":"mess', gate, Buffer.from('age","answer":"Hi"}\n\n')];
    dify.script('chatbot', { pieces }, { pieces: { pieces: ['half'], end: 'reset', status: 207 } });
    const { open } = callerOf(dify, 'chatbot');
    const response = await open('/chat-messages', asked);
    const reader = readerOf(response);
    assert.equal(await hearUntil(reader, (raw) => raw.endsWith('mess')), 'data: {"event":"mess');
    await gate.arrived;
    gate.open();
    assert.equal(
      heardFrom(
        response,
        `data: {"event":"mess${await hearUntil(reader, (raw) => raw.endsWith('\n\n'))}`,
        'closed',
      ).text,
      'Hi',
    );
    const second = await hear(await open('/chat-messages', asked));
    assert.deepEqual([second.status, second.raw, second.end], [207, 'half', 'broken']);
  });

  it('are left to the test altogether', async () => {
    const dify = await start();
    dify.script('chatbot', {
      raw: (response, { request }) => {
        response.writeHead(418, { 'Content-Type': 'text/plain' });
        response.end(request.method);
      },
    });
    const answer = await readAnswer(await callerOf(dify, 'chatbot').open('/chat-messages', asked));
    assert.deepEqual([answer.status, answer.text], [418, 'POST']);
  });

  it('flood, and stop when nobody reads', async () => {
    const dify = await start();
    for (const name of ['huge-body', 'endless-record', 'gzip-bomb', 'gzip-bomb-stream'] as const) {
      dify.script('chatbot', name);
      const reader = readerOf(await callerOf(dify, 'chatbot').open('/chat-messages', asked));
      const opening = await hearUntil(reader, (raw) => raw.length > 2_000_000);
      assert.match(opening, /^(?:data: )?\{"event":"message","answer":"aaa/);
      await reader.cancel();
      const call = await dify.waitForCall(({ scenario, ended }) => scenario === name && ended);
      assert.ok(call.bytesSent < 50_000_000, `${name} sent ${call.bytesSent} bytes`);
    }
  });

  it('pack a gigabyte into a megabyte', async () => {
    const dify = await start();
    dify.script('chatbot', 'gzip-bomb');
    const packed = await packedBody(`${dify.baseUrl}/chat-messages`, dify.app('chatbot').key);
    assert.ok(packed.length < 2_000_000);
    assert.throws(() => gunzipSync(packed, { maxOutputLength: 500_000_000 }), {
      code: 'ERR_BUFFER_TOO_LARGE',
    });
  });
});

async function bytesOf(response: Response): Promise<{ bytes: number; whole: boolean }> {
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) bytes += chunk.length;
    return { bytes, whole: true };
  } catch {
    return { bytes, whole: false };
  }
}

/** As it comes over the wire: fetch would unpack it. */
function packedBody(url: string, key: string): Promise<Buffer> {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks)));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(JSON.stringify({ user: 'ada', ...asked }));
  });
}
