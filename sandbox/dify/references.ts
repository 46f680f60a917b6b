import { isMap } from '../shared/params';
import type { DifyApp, FormField } from './app';
import { extensionOf, fileTypes } from './file-kinds';
import { invalidParam } from './refusal';
import type { DifyState, Reference } from './state';
import { isUuid } from './uuid';

/** Which files may be named, by the app or by one control of its form. Empty lists allow everything. */
export interface FileRules {
  types: readonly string[];
  extensions: readonly string[];
  methods: readonly string[];
}

export function rulesOf(field: FormField): FileRules {
  return {
    types: field.fileTypes ?? [],
    extensions: field.fileExtensions ?? [],
    methods: field.uploadMethods ?? [],
  };
}

/** `files` of a request. An app without file upload does not even look at them. */
export function readFiles(state: DifyState, app: DifyApp, user: string, value: unknown): Reference[] {
  if (value === undefined || value === null || !app.fileUpload.enabled) return [];
  if (!Array.isArray(value) || !value.every(isMap))
    throw invalidParam('Input should be a valid list', 'files');
  const { numberLimit, ...rules } = app.fileUpload;
  const files = value.map((mapping) => readReference(state, user, mapping, rules));
  if (files.length > numberLimit)
    throw invalidParam(`Number of files exceeds the maximum limit ${numberLimit}`);
  return files;
}

export function readReference(
  state: DifyState,
  user: string,
  mapping: Readonly<Record<string, unknown>>,
  rules: FileRules,
): Reference {
  const reference = referenced(state, user, mapping);
  if (!isAllowed(reference, rules)) throw invalidParam(`File validation failed for file: ${reference.name}`);
  return reference;
}

function referenced(state: DifyState, user: string, mapping: Readonly<Record<string, unknown>>): Reference {
  const { type, transfer_method: method, upload_file_id: id, url } = mapping;
  if (method !== 'local_file' && method !== 'remote_url') throw invalidParam('Invalid file transfer method');
  if (typeof type !== 'string' || !fileTypes.includes(type)) throw invalidParam('Invalid file type');
  if (method === 'remote_url') return remote(type, url);
  if (!isUuid(id)) throw invalidParam('Invalid upload file id format');
  const uploaded = state.files.get(id);
  // Who uploaded it must be who uses it: the reason behind most "Invalid upload file" answers.
  if (!uploaded || uploaded.user !== user) throw invalidParam('Invalid upload file');
  return { type, method, name: uploaded.name, uploaded };
}

function remote(type: string, url: unknown): Reference {
  if (typeof url !== 'string' || !URL.canParse(url)) throw invalidParam('Invalid file url');
  const name = decodeURIComponent(new URL(url).pathname.split('/').pop() ?? '');
  return { type, method: 'remote_url', name, url };
}

function isAllowed({ type, method, name }: Reference, { types, extensions, methods }: FileRules): boolean {
  if (methods.length > 0 && !methods.includes(method)) return false;
  if (types.length === 0) return true;
  if (types.includes(type) && type !== 'custom') return true;
  const allowed = extensions.map((extension) => extension.replace(/^\./, '').toLowerCase());
  return types.includes('custom') && allowed.includes(extensionOf(name));
}
