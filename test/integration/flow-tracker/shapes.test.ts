import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entriesAt, textAt } from '../../../lib/core/fields';
import { coreTypes, readJson, root, shippedFlows } from '../../../scripts/pack.cjs';
import { kinds, runEverywhere, runIn, type Answer } from './support/run-in';
import type { ShapeResult } from './support/run-shapes';
import type { Shape } from './support/shape';
import { shapes } from './support/shapes';

const usedInShippedFlows = shippedFlows().flatMap((file) =>
  entriesAt({ flow: readJson(join(root, 'flows', file)) }, 'flow').map((node) => textAt(node, 'type') ?? ''),
);
/** What shipped flows are made of, besides the pack's own nodes. */
const buildingBlocks = [
  ...[
    'function',
    'change',
    'switch',
    'link in',
    'link out',
    'link call',
    'debug',
    'catch',
    'template',
    'delay',
  ],
  ...['http request', 'split', 'join'],
];
const notInTheFlow = new Set(['tab', 'comment', 'group', 'subflow', 'inject']);

const typesOf = ({ chains, whole = [] }: Shape): Set<string> =>
  new Set([...chains.flat(), ...whole].map((node) => textAt(node, 'type') ?? ''));

describe('flow tracker: the table of flow shapes', function () {
  let answers: Map<string, Answer<ShapeResult[]>>;
  before(async () => {
    answers = await runEverywhere<ShapeResult[]>('shapes');
  });
  after(() => writeTable(answers));

  for (const { name } of kinds) {
    describe(name, () => {
      const resultOf = (shape: Shape): ShapeResult =>
        answers.get(name)?.result.find((result) => result.name === shape.name) ?? assert.fail(shape.name);

      for (const shape of shapes) {
        it(`${shape.name}: ${shape.expect}`, () => assertShape(shape, resultOf(shape)));
      }
    });
  }

  it('gives the same verdicts when messages are delivered synchronously', async () => {
    const kind = kinds[0] ?? assert.fail('no Node-RED');
    const { result } = await runIn<ShapeResult[]>(kind, 'shapes', { runtimeSyncDelivery: true });
    for (const shape of shapes) {
      assertShape(shape, result.find(({ name }) => name === shape.name) ?? assert.fail(shape.name));
    }
  });
});

describe('flow tracker: the core nodes of shipped flows', () => {
  const core = new Set(coreTypes());
  const used = new Set([...buildingBlocks, ...usedInShippedFlows.filter((type) => core.has(type))]);
  for (const type of [...used].filter((name) => !notInTheFlow.has(name))) {
    const having = shapes.filter((shape) => typesOf(shape).has(type));
    it(`${type}: is in the table, with an exact end`, () => {
      assert.ok(having.some(({ expect }) => expect === 'exact'));
    });
    // In a function it is the code that decides: a timer without node.done says done too early in Node-RED's own eyes.
    if (type === 'function') continue;
    it(`${type}: never ends early`, () => {
      assert.deepEqual(
        having.filter(({ expect }) => expect === 'early').map(({ name }) => name),
        [],
      );
    });
  }
});

function assertShape(shape: Shape, result: ShapeResult): void {
  assert.deepEqual(result.verdicts, result.expected);
  assert.deepEqual(result.hows, result.expectedHows);
  assert.deepEqual(result.openTypes, shape.openTypes ?? []);
  const cannotBeSeen = shape.name === 'legacy: nothing wired, slow effect';
  assert.equal(result.sawLateSend, shape.expect === 'early' && !cannotBeSeen);
}

function writeTable(answers: ReadonlyMap<string, Answer<ShapeResult[]>>): void {
  const names = [...answers.keys()];
  const cell = (shape: Shape, kind: string): string => {
    const result = answers.get(kind)?.result.find(({ name }) => name === shape.name);
    return result ? `${[...new Set(result.verdicts)].join(', ')} (${result.ms.toFixed(0)} ms)` : '';
  };
  const rows = shapes.map((shape) => [shape.name, shape.expect, ...names.map((name) => cell(shape, name))]);
  const head = ['shape', 'expected', ...names];
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const folder = join(root, 'artefacts', 'flow-tracker');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'shapes.md'), `${lines.join('\n')}\n`);
}
