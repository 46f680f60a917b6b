import assert from 'node:assert/strict';
import { createInHand, type InHand } from '../../../nodes/speechsense-talks/in-hand';

interface Work {
  readonly did: string;
  end(): void;
  fail(): void;
}

describe('what is in hand', () => {
  let begun: Work[];
  let sizes: number[];
  let inHand: InHand<string>;

  beforeEach(() => {
    begun = [];
    sizes = [];
    inHand = createInHand<string>(
      (name, wish) =>
        new Promise((resolve, reject) => {
          begun.push({ did: `${name} ${wish}`, end: resolve, fail: () => reject(new Error('cut off')) });
        }),
      () => sizes.push(inHand.size()),
    );
  });

  const did = (): string[] => begun.map((work) => work.did);
  const last = (): Work => begun.at(-1) ?? assert.fail('nothing was begun');

  it('is worked on once at a time, and others beside it', async () => {
    const first = inHand.take('talk-1', 'a');
    const other = inHand.take('talk-2', 'a');
    assert.deepEqual([did(), inHand.size()], [['talk-1 a', 'talk-2 a'], 2]);
    for (const work of begun) work.end();
    await Promise.all([first, other]);
    assert.deepEqual([did(), sizes.at(-1)], [['talk-1 a', 'talk-2 a'], 0]);
  });

  it('is worked on once more for all who came meanwhile, as the last of them wants it', async () => {
    const first = inHand.take('talk-1', 'a');
    await inHand.take('talk-1', 'b');
    await inHand.take('talk-1', 'c');
    assert.deepEqual(did(), ['talk-1 a']);
    last().end();
    await turn();
    assert.deepEqual([did(), inHand.size()], [['talk-1 a', 'talk-1 c'], 1]);
    last().end();
    await first;
    assert.deepEqual(
      [did(), sizes],
      [
        ['talk-1 a', 'talk-1 c'],
        [1, 0],
      ],
    );
  });

  it('forgets nobody who comes in the very moment when it is let go', async () => {
    for (let steps = 0; steps < 12; steps += 1) {
      begun = [];
      const first = inHand.take('talk-1', 'a');
      last().end();
      for (let step = 0; step < steps; step += 1) await Promise.resolve();
      const second = inHand.take('talk-1', 'b');
      await turn();
      assert.deepEqual(did(), ['talk-1 a', 'talk-1 b'], `after ${steps} steps`);
      last().end();
      await Promise.all([first, second]);
    }
    assert.equal(inHand.size(), 0);
  });

  it('goes on with the next wish when the one before is cut off, and lets go at the end', async () => {
    const first = inHand.take('talk-1', 'a');
    await inHand.take('talk-1', 'b');
    last().fail();
    await turn();
    last().fail();
    await first;
    assert.deepEqual([did(), inHand.size()], [['talk-1 a', 'talk-1 b'], 0]);
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
