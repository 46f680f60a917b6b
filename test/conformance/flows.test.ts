import assert from 'node:assert/strict';
import { join } from 'node:path';
import { at, entriesAt, keysAt, textAt } from '../../lib/core/fields';
import { coreTypes, readJson, registeredNodes, root, shippedFlows } from '../../scripts/pack.cjs';
import { readNodeFiles } from '../support/node-files';

const always = new Set([
  'id',
  'type',
  'z',
  'g',
  'x',
  'y',
  'wires',
  'name',
  'credentials',
  'd',
  'info',
  'env',
]);
const ours = new Map(registeredNodes().map((node) => [node.type, { ...node, ...readNodeFiles(node) }]));
const configIds = new Map<string, string>();

/** The middle of a node, between the edges of a group. */
function isWithin(node: unknown, group: unknown): boolean {
  const [x, y] = [Number(at(node, 'x')), Number(at(node, 'y'))];
  const [left, top] = [Number(at(group, 'x')), Number(at(group, 'y'))];
  const [width, height] = [Number(at(group, 'w')), Number(at(group, 'h'))];
  return x > left && x < left + width && y > top && y < top + height;
}

/** Of a laptop's screen, 1366 pixels wide, this much is left between the palette and the sidebar. */
const canvasWidth = 860;

/** The heading begins at the left edge, so it ends at twice its middle; every other node is in a group. */
function rightEdgeOf(node: unknown): number {
  const x = Number(at(node, 'x'));
  return textAt(node, 'type') === 'group' ? x + Number(at(node, 'w')) : 2 * x;
}

describe('every shipped flow', () => {
  it('is there', () => assert.ok(shippedFlows().length > 0));

  for (const file of shippedFlows()) {
    describe(file, () => {
      const nodes = entriesAt({ flow: readJson(join(root, 'flows', file)) }, 'flow');
      const typeOf = (node: unknown): string => textAt(node, 'type') ?? '';

      it('uses only nodes of the pack and of Node-RED', () => {
        const known = new Set([...ours.keys(), ...coreTypes()]);
        assert.deepEqual(
          nodes.map(typeOf).filter((type) => !known.has(type) || type === 'global-config'),
          [],
        );
      });

      it('says what it shows and what to fill in, and shows its errors', () => {
        const tab = nodes.find((node) => typeOf(node) === 'tab');
        assert.ok((textAt(tab, 'info') ?? '').length > 40);
        assert.ok(nodes.some((node) => typeOf(node) === 'comment'));
        const catching = nodes.find((node) => typeOf(node) === 'catch');
        assert.ok(entriesAt(catching, 'wires').flat().length > 0, 'the catch node leads nowhere');
      });

      it('says it in English and in Russian', () => {
        const told = nodes.filter((node) => (textAt(node, 'info') ?? '') !== '');
        assert.ok(told.some((node) => typeOf(node) === 'tab'));
        for (const node of told) {
          const [english = '', russian = '', ...others] = (textAt(node, 'info') ?? '').split('\n\n---\n\n');
          assert.deepEqual(others, [], textAt(node, 'id'));
          // Words that are quoted are in either language.
          const inEnglish = english.replace(/`[^`]*`|\*[^*]*\*/g, '');
          assert.doesNotMatch(inEnglish, /[а-яё]/i, textAt(node, 'id'));
          assert.match(russian, /^[А-ЯЁ*`]/, textAt(node, 'id'));
          const variables = (text: string): string[] => [...new Set(text.match(/`[A-Z_]{5,}`/g))].sort();
          assert.deepEqual(variables(russian), variables(english), textAt(node, 'id'));
        }
      });

      it('has each of its nodes, but for the heading, in a group with a title', () => {
        const groups = nodes.filter((node) => typeOf(node) === 'group');
        const grouped = new Map<string, unknown>();
        for (const group of groups) {
          assert.ok(textAt(group, 'name'), `${textAt(group, 'id')} has no title`);
          for (const id of entriesAt(group, 'nodes')) {
            assert.ok(!grouped.has(String(id)), `${String(id)} is in two groups`);
            grouped.set(String(id), group);
          }
        }
        const drawn = nodes.filter((node) => at(node, 'z') !== undefined && typeOf(node) !== 'group');
        const [heading, ...others] = drawn.filter((node) => !grouped.has(textAt(node, 'id') ?? ''));
        assert.equal(typeOf(heading), 'comment');
        assert.deepEqual(others, []);
        for (const node of drawn.filter((each) => each !== heading)) {
          const group = grouped.get(textAt(node, 'id') ?? '');
          assert.equal(at(node, 'g'), at(group, 'id'));
          assert.ok(isWithin(node, group), `${textAt(node, 'id')} lies outside of its group`);
          assert.deepEqual(
            groups.filter((other) => other !== group && isWithin(node, other)),
            [],
          );
        }
      });

      it('fits between the palette and the sidebar of a small screen, and is read from left to right', () => {
        const framed = nodes.filter((node) => at(node, 'x') !== undefined && at(node, 'g') === undefined);
        const outside = framed.filter((node) => Number(at(node, 'x')) < 0 || rightEdgeOf(node) > canvasWidth);
        assert.deepEqual(
          outside.map((node) => textAt(node, 'id')),
          [],
        );
        const byId = new Map(nodes.map((node) => [textAt(node, 'id'), node]));
        const backwards = nodes.flatMap((node) =>
          entriesAt(node, 'wires')
            .flatMap((port) => entriesAt({ port }, 'port'))
            .filter((id) => Number(at(byId.get(String(id)), 'x')) <= Number(at(node, 'x')))
            .map((id) => `${textAt(node, 'id')} to ${String(id)}`),
        );
        assert.deepEqual(backwards, []);
      });

      it('has only wires that lead somewhere', () => {
        const ids = new Set(nodes.map((node) => textAt(node, 'id')));
        const targets = nodes.flatMap((node) => entriesAt(node, 'wires')).flat();
        assert.deepEqual(
          targets.filter((id) => !ids.has(String(id))),
          [],
        );
      });

      it('sets only properties that exist, and all that are required', () => {
        for (const node of nodes) {
          const definition = ours.get(typeOf(node));
          if (!definition) continue;
          const unknown = keysAt(node).filter(
            (key) => !always.has(key) && !definition.defaults.includes(key),
          );
          assert.deepEqual(unknown, [], typeOf(node));
          const required = definition.defaults.filter(
            (name) => at(definition.definition, 'defaults', name, 'required') === true,
          );
          assert.deepEqual(
            required.filter((name) => textAt(node, name) === undefined),
            [],
            typeOf(node),
          );
        }
      });

      it('takes every secret from the environment', () => {
        for (const node of nodes) {
          const definition = ours.get(typeOf(node));
          if (!definition) continue;
          const secrets = keysAt(node, 'credentials').map(
            (name) => [name, at(node, 'credentials', name)] as const,
          );
          for (const [name, value] of secrets) assert.match(String(value), /^\$\{[A-Z_]+\}$/, name);
          assert.deepEqual(
            secrets.map(([name]) => name).filter((name) => !(name in definition.credentials)),
            [],
          );
        }
        assert.doesNotMatch(JSON.stringify(nodes), /\/rest\/\d+\/\w{8,}|bitrix24\.(?:ru|com|kz)|\+\d{10,}/);
      });

      it('shares its config nodes with the other flows by fixed ids', () => {
        for (const node of nodes) {
          if (ours.get(typeOf(node))?.isConfig !== true) continue;
          assert.equal(at(node, 'z'), undefined);
          const id = textAt(node, 'id') ?? '';
          // Node-RED takes a config node for a user of itself when any of its values is its id, and starts nothing.
          const values = keysAt(node)
            .filter((key) => key !== 'id')
            .map((key) => at(node, key));
          assert.ok(!values.includes(id), `a value of ${id} is its id`);
          const body = JSON.stringify(node);
          assert.equal(configIds.get(id) ?? body, body, `${id} differs from the one in another flow`);
          configIds.set(id, body);
        }
      });
    });
  }

  it('together they show every node of the pack', () => {
    const used = new Set(
      shippedFlows().flatMap((file) =>
        entriesAt({ flow: readJson(join(root, 'flows', file)) }, 'flow').map((node) => textAt(node, 'type')),
      ),
    );
    assert.deepEqual(
      [...ours.keys()].filter((type) => !used.has(type)),
      [],
    );
  });
});
