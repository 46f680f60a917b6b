import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  loadSync,
  type AnyDefinition,
  type EnumTypeDefinition,
  type MessageTypeDefinition,
  type MethodDefinition,
  type PackageDefinition,
} from '@grpc/proto-loader';

export type TalkMethod = 'UploadAsStream' | 'Upload' | 'UploadText' | 'UploadBadge' | 'Search' | 'Get';
export type MethodName = TalkMethod | 'ListModels';

const servicePackage = 'yandex.cloud.speechsense.v1';
const services: Readonly<Record<MethodName, string>> = {
  UploadAsStream: 'TalkService',
  Upload: 'TalkService',
  UploadText: 'TalkService',
  UploadBadge: 'TalkService',
  Search: 'TalkService',
  Get: 'TalkService',
  ListModels: 'AssistantsService',
};

const entry = join('speechsense', 'service.proto');
let loaded: PackageDefinition | undefined;

/** Read with the first use: who has no SpeechSense does not wait for it. */
export function definitions(): PackageDefinition {
  loaded ??= loadSync(entry, {
    includeDirs: [protoFolder(__dirname)],
    // Names as the service writes them; 64-bit numbers lose nothing as texts; what was not sent still has a value.
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    arrays: true,
    oneofs: true,
  });
  return loaded;
}

export function methodOf(name: MethodName): MethodDefinition<object, object> {
  const service = definitions()[`${servicePackage}.${services[name]}`];
  if (!service || isType(service)) throw new Error(`no definition of ${services[name]}`);
  const method = service[name];
  if (!method) throw new Error(`no definition of ${name}`);
  return method;
}

/** Its descriptor: fields with their numbers and types. */
export function messageType(fullName: string): object | undefined {
  const found = definitions()[fullName];
  return found && isMessage(found) ? found.type : undefined;
}

/** A message that came packed in another; undefined: it is not what it says. */
export function readMessage(fullName: string, packed: Buffer): object | undefined {
  const found = definitions()[fullName];
  if (!found || !isMessage(found)) throw new Error(`no definition of ${fullName}`);
  try {
    return found.deserialize(packed);
  } catch {
    return undefined;
  }
}

export function enumType(fullName: string): object | undefined {
  const found = definitions()[fullName];
  return found && isType(found) && !isMessage(found) ? found.type : undefined;
}

type TypeDefinition = MessageTypeDefinition<object, object> | EnumTypeDefinition;

function isType(found: AnyDefinition): found is TypeDefinition {
  return typeof found['format'] === 'string';
}

function isMessage(found: AnyDefinition): found is MessageTypeDefinition<object, object> {
  const { format } = found;
  return format === 'Protocol Buffer 3 DescriptorProto';
}

/** Beside dist/ in the package, and beside lib/ in the repository. */
function protoFolder(from: string): string {
  const folder = join(from, 'proto');
  if (existsSync(join(folder, entry))) return folder;
  if (dirname(from) === from) throw new Error('the definitions of SpeechSense are missing from the package');
  return protoFolder(dirname(from));
}
