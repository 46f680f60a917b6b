import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import { startSpeechSense, type SpeechSense } from '../../../sandbox/speechsense';
import { until } from '../../support/until';
import { useScene } from '../bitrix24-nodes/scene';
import { shippedFlow } from '../bitrix24-nodes/shipped';

const flowFile = 'SpeechSense/4 Upload one chat.json';
const secret = 'AQVNmarker-of-the-key';
const button = 'bitlane-upload-chat-inject';
const errors = 'bitlane-upload-chat-errors';

/** The flow as somebody has it who imported it, with other texts in its chat. */
function flowWith(change: (node: Record<string, unknown>) => Record<string, unknown>): object[] {
  return shippedFlow(flowFile).map((node) => change({ ...node }));
}

describe('the shipped flow SpeechSense / 4 Upload one chat, in a real Node-RED', function () {
  const scene = useScene({ logLevel: 'trace' });
  let service: SpeechSense;

  beforeEach(async () => {
    service = await startSpeechSense({ apiKey: secret, readyAfterMs: 0 });
    Object.assign(process.env, {
      SPEECHSENSE_ENDPOINT: `http://${service.endpoint}`,
      SPEECHSENSE_CHAT_CONNECTION_ID: service.chatConnectionId,
      SPEECHSENSE_API_KEY: secret,
    });
  });
  afterEach(async () => {
    for (const name of ['ENDPOINT', 'CHAT_CONNECTION_ID', 'API_KEY']) {
      Reflect.deleteProperty(process.env, `SPEECHSENSE_${name}`);
    }
    await scene.deploy([]);
    await service.stop();
  });

  /** A store is kept from test to test: another key makes another chat of it. */
  let number = 0;
  const press = (more: object = {}): void => scene.send(button, { uploadKey: `chat-${number}`, ...more });
  beforeEach(() => (number += 1));

  async function failure(): Promise<{ code: string; message: string }> {
    const [caught] = await scene.heard(errors, 1);
    const error = at(caught, 'error');
    return { code: textAt(error, 'code') ?? '', message: textAt(error, 'message') ?? '' };
  }

  interface Listed {
    key: string;
    list: string;
    name: string;
  }
  /** As Prometheus is told of those that are held. */
  async function heldCounts(): Promise<string[]> {
    const text = await (await fetch(`${scene.red.url}/bitlane/metrics`)).text();
    return text
      .split('\n')
      .flatMap((line) => /^bitlane_uploads_held\{node="[^"]+"\} (\d+)$/.exec(line)?.[1] ?? []);
  }

  async function listed(): Promise<Listed[]> {
    const response = await fetch(`${scene.red.url}/bitlane/panel`);
    const snapshot: unknown = await response.json();
    return entriesAt(snapshot, 'uploads').flatMap((uploads) =>
      entriesAt(uploads, 'held').map((held) => ({
        key: textAt(held, 'key') ?? '',
        list: textAt(uploads, 'list') ?? '',
        name: textAt(uploads, 'name') ?? '',
      })),
    );
  }

  it('uploads the chat once, in UTC, and brings back what became of it', async () => {
    await scene.deploy(shippedFlow(flowFile));
    press();
    const [results] = await scene.heard('bitlane-upload-chat-results', 1);
    press();
    const [, again] = await scene.heard('bitlane-upload-chat-done', 2);
    const [talk, ...others] = service.talks;
    assert.equal(others.length, 0);
    assert.equal(at(again, 'speechsense', 'reused'), true);
    assert.equal(at(again, 'speechsense', 'talkId'), talk?.id);
    assert.equal(talk?.fields['date'], '2026-03-11T12:08:52.000Z');
    assert.deepEqual(
      talk?.messages.map((message) => textAt(message, 'timestamp', 'seconds')),
      [0, 2, 78, 109].map((after) => String(Date.UTC(2026, 2, 11, 12, 8, 52) / 1000 + after)),
    );
    assert.match(
      String(at(results, 'payload', 'transcript')),
      /^Client: Hello[^]*\nBot: One[^]*\nOperator: Good/,
    );
    assert.deepEqual(at(results, 'payload', 'summary'), { 'What the client wanted': 'To order a delivery' });
  });

  it('makes one talk of a button that is pressed twice at once', async () => {
    await scene.deploy(shippedFlow(flowFile));
    press();
    press();
    const both = await scene.heard('bitlane-upload-chat-done', 2);
    assert.deepEqual(both.map((message) => at(message, 'speechsense', 'reused')).sort(), [false, true]);
    assert.equal(service.talks.length, 1);
  });

  it('remembers over a restart of the flows what was uploaded', async () => {
    await scene.deploy(shippedFlow(flowFile));
    press();
    await scene.heard('bitlane-upload-chat-done', 1);
    await scene.deploy(shippedFlow(flowFile));
    press();
    const [again] = await scene.heard('bitlane-upload-chat-done', 1);
    assert.equal(at(again, 'speechsense', 'reused'), true);
    assert.equal(service.talks.length, 1);
  });

  it('holds a chat whose outcome nobody knows, until a person has looked', async () => {
    await scene.deploy(shippedFlow(flowFile));
    service.script({ drop: true, keeps: true });
    press();
    const { code, message } = await failure();
    assert.equal(code, 'SPEECHSENSE_UNCERTAIN');
    assert.match(message, /look in SpeechSense yourself/);
    const [held, ...others] = await listed();
    assert.deepEqual([held?.key, held?.name], [`chat-${number}`, 'My chats in SpeechSense']);
    assert.equal(others.length, 0);
    assert.deepEqual(await heldCounts(), ['1']);

    press();
    await scene.heard(errors, 2);
    assert.equal(service.callsOf('UploadText').length, 1);

    const { key = '', list = '' } = held ?? {};
    assert.equal((await scene.act('panel', 'upload', { key, list, how: 'forget' })).ok, true);
    assert.deepEqual(await listed(), []);
    assert.deepEqual(await heldCounts(), ['0']);
    press();
    await scene.heard(errors, 3);
    assert.equal((await listed()).length, 1);

    assert.equal((await scene.act('panel', 'upload', { key, list, how: 'again' })).ok, true);
    assert.equal((await scene.act('panel', 'upload', { key, list, how: 'again' })).ok, false);
    assert.equal((await scene.act('panel', 'upload', { key, list: 'none', how: 'again' })).ok, false);
    assert.deepEqual(await listed(), []);
    press();
    await scene.heard('bitlane-upload-chat-done', 1);
    assert.equal(service.talks.length, 2);
  });

  it('names the variable that is not set', async () => {
    Reflect.deleteProperty(process.env, 'SPEECHSENSE_ENDPOINT');
    await scene.deploy(shippedFlow(flowFile));
    press();
    assert.match((await failure()).message, /SPEECHSENSE_ENDPOINT/);
    assert.equal(service.calls.length, 0);
  });

  it('says what to do about a wrong key, and about an account without rights', async () => {
    process.env['SPEECHSENSE_API_KEY'] = 'AQVNanother-marker';
    await scene.deploy(shippedFlow(flowFile));
    press();
    const wrong = await failure();
    assert.equal(wrong.code, 'SPEECHSENSE_AUTH');
    assert.match(wrong.message, /Put the secret of the API key/);
    assert.doesNotMatch(inspect([wrong, scene.red.log, scene.watch.statuses]), /another-marker/);

    process.env['SPEECHSENSE_API_KEY'] = secret;
    service.setMember(false);
    await scene.deploy(shippedFlow(flowFile));
    press();
    const denied = await failure();
    assert.equal(denied.code, 'SPEECHSENSE_DENIED');
    assert.match(denied.message, /speech-sense\.data\.editor/);
    assert.equal(service.talks.length, 0);
  });

  it('lets no key and no word of a chat into errors, the log or a status', async () => {
    const words = 'marker-of-the-chat';
    const name = 'marker-of-the-client';
    const messages = (user_id: string): string =>
      JSON.stringify({ messages: [{ user_id, text: words, timestamp: '2026-03-11T12:08:52Z' }] });
    const withChat = (payload: string): object[] =>
      flowWith((node) => {
        if (node['id'] !== button) return node;
        const props = JSON.stringify(node['props']).replaceAll('John', name);
        return { ...node, payload, props: JSON.parse(props) as unknown };
      });

    const message = `refused because of ${words} by ${name} with ${secret}`;
    const cases: [string, string, () => void][] = [
      ['INPUT_INVALID', messages('nobody'), () => undefined],
      ['SPEECHSENSE_REFUSED', messages('587'), () => service.script({ refuse: { code: 3, message } })],
      [
        'SPEECHSENSE_UNCERTAIN',
        messages('587'),
        () => service.script({ reset: 2, when: 'end', keeps: true }),
      ],
      ['SPEECHSENSE_DENIED', messages('587'), () => service.script({ refuse: { code: 7, message } })],
    ];
    for (const [code, payload, prepare] of cases) {
      number += 1;
      prepare();
      await scene.deploy(withChat(payload));
      press();
      const told = await failure();
      assert.equal(told.code, code);
      const shown = inspect([told, scene.red.log, scene.watch.statuses], { depth: 9, maxArrayLength: null });
      for (const marker of [words, name, secret]) {
        assert.ok(!shown.includes(marker), `${marker} is shown after ${code}`);
      }
    }
    assert.doesNotMatch(
      await (await fetch(`${scene.red.url}/bitlane/panel`)).text(),
      /marker-of-the-(?:chat|client|key)/,
    );
  });

  it('ends its waiting with a deploy, and waits for many with one look', async () => {
    service.setTimes({ readyAfterMs: 3600_000 });
    await scene.deploy(shippedFlow(flowFile));
    for (const part of ['a', 'b', 'c']) press({ uploadKey: `chat-${number}-${part}` });
    const done = await scene.heard('bitlane-upload-chat-done', 3);
    const ids = done.map((one) => at(one, 'speechsense', 'talkId'));
    const asked = (): unknown[] =>
      service.callsOf('Get').flatMap(({ messages: [request] }) => entriesAt(request, 'talk_ids'));
    await until(() => asked().length === 3, 'the first looks');
    assert.deepEqual([...asked()].sort(), [...ids].sort());
    await until(() => scene.watch.status('bitlane-upload-chat-wait') === 'talks waited for: 3', 'the status');
    await scene.deploy([]);
    assert.doesNotMatch(inspect(scene.red.log), /Close timed out/);
    assert.equal(asked().length, 3);
  });
});
