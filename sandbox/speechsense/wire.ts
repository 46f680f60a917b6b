import { join } from 'node:path';
import { loadSync, type MethodDefinition, type PackageDefinition } from '@grpc/proto-loader';

export const methodNames = [
  'UploadAsStream',
  'Upload',
  'UploadText',
  'UploadBadge',
  'Search',
  'Get',
  'ListModels',
] as const;

export type MethodName = (typeof methodNames)[number];

export interface WireMethod {
  readonly name: MethodName;
  readonly path: string;
  /** Only what was sent: no defaults are filled in. */
  decode(bytes: Buffer): object;
  encode(answer: object): Buffer;
}

let loaded: PackageDefinition | undefined;

function definition(): PackageDefinition {
  loaded ??= loadSync(join(__dirname, 'reference.proto'), { keepCase: true, longs: String, enums: String });
  return loaded;
}

export function wireMethods(): WireMethod[] {
  return methodNames.map((name) => {
    const method = methodDefinition(name);
    return {
      name,
      path: method.path,
      decode: (bytes) => decodeWhole(method, bytes),
      encode: (answer) => method.responseSerialize(answer),
    };
  });
}

/** What stands on the wire and in no table would be passed over: written anew, the message would be shorter. */
function decodeWhole(method: MethodDefinition<object, object>, bytes: Buffer): object {
  const message = method.requestDeserialize(bytes);
  const again = method.requestSerialize(message);
  if (again.length !== bytes.length) throw new Error('the message holds fields that the tables do not know');
  return message;
}

function methodDefinition(name: MethodName): MethodDefinition<object, object> {
  const service = name === 'ListModels' ? 'AssistantsService' : 'TalkService';
  const found = definition()[`yandex.cloud.speechsense.v1.${service}`];
  const method: unknown = found && Reflect.get(found, name);
  if (!isMethod(method)) throw new Error(`no definition of ${name}`);
  return method;
}

function isMethod(found: unknown): found is MethodDefinition<object, object> {
  return typeof found === 'object' && found !== null && 'requestDeserialize' in found && 'path' in found;
}
