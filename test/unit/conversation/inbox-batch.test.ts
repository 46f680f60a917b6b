import assert from 'node:assert/strict';
import { openScene, readerOf } from './inbox-scene';

describe('quick messages of one person', () => {
  const rules = { batchMs: 10_000, batchMaxMs: 30_000 };

  it('are joined when the person has paused, the last one speaking for all', async () => {
    const reader = readerOf(rules);
    const { say, pass } = openScene(reader);
    await say(1, { text: 'hello' });
    await pass(9000);
    await say(2, { text: 'are you there' });
    await pass(9999);
    assert.equal(reader.handed.length, 0);
    await pass(1);
    const [{ event } = assert.fail()] = reader.handed;
    assert.deepEqual([event.text, event.messageId], ['hello\nare you there', 2]);
    assert.deepEqual(event.batch, [
      { message: 'hello', message_id: 1, author_id: 7 },
      { message: 'are you there', message_id: 2, author_id: 7 },
    ]);
    reader.handed[0]?.end();
    await pass(60_000);
    assert.equal(reader.handed.length, 1);
  });

  it('are joined for no longer than the limit', async () => {
    const reader = readerOf(rules);
    const { say, pass } = openScene(reader);
    for (let id = 1; id <= 6; id += 1) {
      await say(id);
      await pass(6000);
    }
    const [{ event } = assert.fail()] = reader.handed;
    assert.equal(event.batch?.length, 5);
  });

  it('are handed out at once when a command or a file follows, which comes alone', async () => {
    for (const other of [{ kind: 'command' as const }, { fileId: 12 }]) {
      const reader = readerOf(rules);
      const { say, pass } = openScene(reader);
      await say(1);
      await say(2);
      await say(3, other);
      assert.deepEqual(reader.texts(), ['text 1\ntext 2']);
      reader.handed[0]?.end();
      await pass(0);
      assert.deepEqual([reader.texts()[1], reader.handed[1]?.event.batch], ['text 3', undefined]);
    }
  });

  it('are not joined with those of another person', async () => {
    const reader = readerOf(rules);
    const { say, pass } = openScene(reader);
    await say(1, { author: 7 });
    await say(2, { author: 8 });
    assert.deepEqual(reader.texts(), ['text 1']);
    reader.handed[0]?.end();
    await pass(10_000);
    assert.deepEqual(reader.texts(), ['text 1', 'text 2']);
  });

  it('are a batch of one when there is but one', async () => {
    const reader = readerOf(rules);
    const { say, pass } = openScene(reader);
    await say(1);
    await pass(10_000);
    assert.equal(reader.handed[0]?.event.batch?.length, 1);
  });

  it('are none when the setting is off', async () => {
    const reader = readerOf();
    const { say } = openScene(reader);
    await say(1);
    assert.equal(reader.handed[0]?.event.batch, undefined);
  });

  it('wait for the rest of their time after a crash in the window', async () => {
    const reader = readerOf(rules);
    const scene = openScene(reader);
    await scene.say(1);
    await scene.pass(4000);
    const next = await scene.crash(1000);
    await next.say(2);
    await next.pass(9999);
    assert.equal(reader.handed.length, 0);
    await next.pass(1);
    assert.deepEqual(reader.texts(), ['text 1\ntext 2']);
  });

  it('are joined again as they were when they are handed out again', async () => {
    const reader = readerOf(rules);
    const scene = openScene(reader);
    await scene.say(1);
    await scene.say(2);
    await scene.pass(10_000);
    await scene.say(3);
    const next = await scene.crash();
    assert.deepEqual(reader.texts(), ['text 1\ntext 2', 'text 1\ntext 2']);
    reader.handed[1]?.end();
    await next.pass(10_000);
    assert.equal(reader.texts()[2], 'text 3');
  });

  it('that waited behind a slow flow are joined as the person paused, not as the flow did', async () => {
    const reader = readerOf({ batchMs: 2000, batchMaxMs: 30_000 });
    const { say, pass } = openScene(reader);
    await say(1);
    await pass(2000);
    await say(2);
    await pass(1000);
    await say(3);
    await pass(5000);
    await say(4);
    await pass(20_000);
    reader.handed[0]?.end();
    await pass(0);
    reader.handed[1]?.end();
    await pass(0);
    assert.deepEqual(reader.texts(), ['text 1', 'text 2\ntext 3', 'text 4']);
  });
});
