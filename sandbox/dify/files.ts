import { randomUUID } from 'node:crypto';
import type { ApiCall, Endpoint, Reply } from './endpoint';
import { extensionOf, sizeLimit } from './file-kinds';
import type { Part } from './multipart';
import { DifyRefusal, forbidden, invalidParam, notFound } from './refusal';
import { seconds, type DifyState, type UploadedFile } from './state';

const blacklist = ['exe', 'bat', 'sh', 'dll'];

export function fileEndpoints(state: DifyState): Endpoint[] {
  function upload(call: ApiCall): Reply {
    const part = onlyFile(call.parts);
    const name = part.filename ?? '';
    if (part.mime === undefined)
      throw new DifyRefusal(415, 'unsupported_file_type', 'File type not allowed.');
    if (name === '')
      throw new DifyRefusal(400, 'filename_not_exists_error', 'The specified filename does not exist.');
    if (/[/\\]/.test(name)) throw invalidParam('Filename contains invalid characters');
    const extension = extensionOf(name);
    if (blacklist.includes(extension))
      throw invalidParam(`File extension '${extension}' is not allowed for security reasons`);
    if (part.content.length > sizeLimit(extension, call.app.limits))
      throw new DifyRefusal(413, 'file_too_large', 'File size exceeded.');
    const file = keep(call, part, part.mime, extension);
    return { status: 201, json: shown(file, state.origin()) };
  }

  function keep(
    { app, user }: ApiCall,
    { filename = '', content }: Part,
    mime: string,
    extension: string,
  ): UploadedFile {
    const createdAt = state.now();
    const file = { id: randomUUID(), app, user, name: filename, extension, mime, content, createdAt };
    state.files.set(file.id, file);
    return file;
  }

  function preview({ app, user, path, query }: ApiCall): Reply {
    const file = state.files.get(path[0] ?? '');
    if (!file) throw notFound('The requested file was not found.');
    if (file.app !== app || file.user !== user)
      throw forbidden('Access to the requested file is denied.', 'file_access_denied');
    const asAttachment = query.get('as_attachment') === 'true';
    const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`;
    return {
      status: 200,
      bytes: file.content,
      headers: { 'Content-Type': file.mime, ...(asAttachment ? { 'Content-Disposition': disposition } : {}) },
    };
  }

  return [
    { name: 'upload', method: 'POST', path: /^\/v1\/files\/upload$/, user: 'form', run: upload },
    { name: 'preview', method: 'GET', path: /^\/v1\/files\/([^/]+)\/preview$/, user: 'query', run: preview },
  ];
}

function onlyFile(parts: readonly Part[]): Part {
  const files = parts.filter((part) => part.filename !== undefined);
  const file = files.find((part) => part.name === 'file');
  if (!file) throw new DifyRefusal(400, 'no_file_uploaded', 'Please upload your file.');
  if (files.length > 1) throw new DifyRefusal(400, 'too_many_files', 'Only one file is allowed.');
  return file;
}

function shown(file: UploadedFile, origin: string): Record<string, unknown> {
  const { id, name, extension, mime, content, createdAt } = file;
  return {
    id,
    name,
    size: content.length,
    extension,
    mime_type: mime,
    created_by: randomUUID(),
    created_at: seconds(createdAt),
    source_url: `${origin}/files/${id}/file-preview`,
  };
}
