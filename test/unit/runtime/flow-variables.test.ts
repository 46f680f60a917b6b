import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { root } from '../../../scripts/pack.cjs';

interface Variable {
  name: string;
  type: string;
  value: string;
}
interface Item {
  id: string;
  type: string;
  z?: string;
  g?: string;
  env?: Variable[];
}

const code = readFileSync(join(root, 'resources/flow-variables.js'), 'utf8');
const text = (name: string): Variable => ({ name, type: 'str', value: 'x' });
const from = (name: string, value: string): Variable => ({ name, type: 'env', value });

/** What the editor's own objects tell of these nodes. */
function processVariables(items: readonly Item[], node: Omit<Item, 'id' | 'type'>, name: string): string[] {
  const find = (type: string) => (id: string) => items.find((item) => item.type === type && item.id === id);
  const nodes = {
    ...{ group: find('group'), subflow: find('subflow'), workspace: find('tab') },
    filterNodes: ({ type }: { type: string }) => items.filter((item) => item.type === type),
    eachConfig: (look: (item: Item) => void) => items.forEach(look),
  };
  const context = createContext({ window: {}, RED: { nodes }, node, name });
  runInContext(code, context);
  const found: unknown = JSON.parse(
    String(runInContext('JSON.stringify(window.bitlane.processVariables(node, name))', context)),
  );
  assert.ok(Array.isArray(found));
  return found.map(String);
}

describe('the variables that the flows in the editor define', () => {
  const flow: Item[] = [
    { id: 'tab', type: 'tab', env: [text('OF_TAB'), from('SAME', 'SAME'), from('LEANS', 'OUTSIDE')] },
    { id: 'inner', type: 'group', z: 'tab', g: 'outer', env: [text('OF_INNER')] },
    { id: 'outer', type: 'group', z: 'tab', env: [text('OF_OUTER'), from('CHAIN', 'LEANS')] },
    { id: 'all', type: 'global-config', env: [text('OF_ALL')] },
  ];
  const node = { z: 'tab', g: 'inner' };

  for (const name of ['OF_INNER', 'OF_OUTER', 'OF_TAB', 'OF_ALL', 'NR_FLOW_NAME', '$parent.OF_OUTER']) {
    it(`need no process for ${name}`, () => assert.deepEqual(processVariables(flow, node, name), []));
  }

  const needed: [name: string, outside: string][] = [
    ['NOBODYS', 'NOBODYS'],
    ['SAME', 'SAME'],
    ['LEANS', 'OUTSIDE'],
    ['CHAIN', 'OUTSIDE'],
    ['$parent.OF_INNER', 'OF_INNER'],
  ];
  for (const [name, outside] of needed) {
    it(`need ${outside} of the process for ${name}`, () =>
      assert.deepEqual(processVariables(flow, node, name), [outside]));
  }

  it('are not those of another flow, and a node of no flow has the global ones', () => {
    assert.deepEqual(processVariables(flow, { z: 'other' }, 'OF_TAB'), ['OF_TAB']);
    assert.deepEqual(processVariables(flow, {}, 'OF_TAB'), ['OF_TAB']);
    assert.deepEqual(processVariables(flow, {}, 'OF_ALL'), []);
  });

  it('are in a subflow its own, and those of any place where it is used', () => {
    const withSubflow: Item[] = [
      ...flow,
      { id: 'sub', type: 'subflow', env: [text('OF_TEMPLATE')] },
      { id: 'use-1', type: 'subflow:sub', z: 'other' },
      { id: 'use-2', type: 'subflow:sub', z: 'tab', g: 'outer', env: [text('OF_USE')] },
    ];
    const within = (name: string): string[] => processVariables(withSubflow, { z: 'sub' }, name);
    for (const name of ['OF_TEMPLATE', 'OF_USE', 'OF_TAB', 'OF_OUTER']) assert.deepEqual(within(name), []);
    assert.deepEqual(within('NOBODYS'), ['NOBODYS']);
  });

  it('come to an end when they name each other', () => {
    const circle: Item[] = [{ id: 'tab', type: 'tab', env: [from('A', 'B'), from('B', 'A')] }];
    assert.deepEqual(processVariables(circle, { z: 'tab' }, 'A'), []);
  });
});
