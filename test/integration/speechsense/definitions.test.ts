import assert from 'node:assert/strict';
import { join } from 'node:path';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { at, entriesAt, textAt } from '../../../lib/core/fields';

const root = join(__dirname, '../../..');
const options = { keepCase: true, longs: String, enums: String };

/** One line a field: where it is, its number, its type, and whether there may be many. */
function linesOf(
  definition: PackageDefinition,
  type: unknown,
  path: string,
  seen: readonly string[],
): string[] {
  return entriesAt(type, 'field').flatMap((field) => {
    const name = `${path}.${textAt(field, 'name')}`;
    const kind = textAt(field, 'type') ?? '';
    const line = `${name} = ${textAt(field, 'number')}: ${kind} ${textAt(field, 'label')}`;
    const inside = typeNamed(definition, type, textAt(field, 'typeName') ?? '');
    if (kind === 'TYPE_ENUM') return [line, ...valuesOf(inside, name)];
    if (kind !== 'TYPE_MESSAGE' || seen.includes(name)) return [line];
    assert.ok(inside, `${name} has a type that is not there`);
    return [line, ...linesOf(definition, inside, name, [...seen, name])];
  });
}

function valuesOf(type: unknown, path: string): string[] {
  const numbers = entriesAt(type, 'value').filter((value) => at(value, 'number') !== 0);
  return numbers.map((value) => `${path}: ${textAt(value, 'name')} = ${textAt(value, 'number')}`);
}

/** By its last name: the packages of the two texts differ where that does not travel. */
function typeNamed(definition: PackageDefinition, owner: unknown, typeName: string): unknown {
  const last = typeName.split('.').at(-1) ?? '';
  const nested = [...entriesAt(owner, 'nestedType'), ...entriesAt(owner, 'enumType')];
  const own = nested.find((type) => textAt(type, 'name') === last);
  if (own) return own;
  const found = Object.entries(definition).find(([name]) => name.split('.').at(-1) === last);
  return at(found?.[1], 'type');
}

function methodsOf(definition: PackageDefinition): Record<string, string[]> {
  const lines: Record<string, string[]> = {};
  for (const [service, methods] of [
    ['TalkService', ['UploadAsStream', 'Upload', 'UploadText', 'UploadBadge', 'Search', 'Get']],
    ['AssistantsService', ['ListModels']],
  ] as const) {
    const found: unknown = definition[`yandex.cloud.speechsense.v1.${service}`];
    assert.equal(found && Object.keys(found).length, methods.length);
    for (const method of methods) {
      const defined = at(found, method);
      const head = `${textAt(defined, 'path')} ${String(at(defined, 'requestStream'))}`;
      const both = ['requestType', 'responseType'].flatMap((side) =>
        linesOf(definition, at(defined, side, 'type'), side, []),
      );
      lines[method] = [head, ...both].sort();
    }
  }
  return lines;
}

describe('the definitions of speechsense', () => {
  const ours = methodsOf(
    loadSync('speechsense/service.proto', { ...options, includeDirs: [join(root, 'proto')] }),
  );
  const tables = methodsOf(loadSync(join(root, 'sandbox/speechsense/reference.proto'), options));

  for (const [method, lines] of Object.entries(tables)) {
    it(`have every field of ${method} with the number and type of the tables`, () => {
      assert.ok(lines.length > 2);
      assert.deepEqual(ours[method], lines);
    });
  }
});
