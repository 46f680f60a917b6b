import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { extensionOf } from './file-kinds';
import type { OutputFile } from './state';

const lifeMs = 300_000;

/** How a made file looks in outputs and events. */
export interface PublishedFile {
  id: string;
  url: string;
  file: OutputFile;
  /** The object that stands in outputs and in `files`. */
  object: Readonly<Record<string, unknown>>;
}

export interface OutputFiles {
  publish: (file: OutputFile) => PublishedFile;
  /** Undefined: no such file, a wrong signature, or too late. */
  find: (url: URL) => OutputFile | undefined;
}

export function createOutputFiles(prefix: () => string, now: () => number): OutputFiles {
  const files = new Map<string, OutputFile>();
  const secret = randomBytes(16);
  const signatureOf = (path: string, time: string, nonce: string): string =>
    createHmac('sha256', secret).update(`${path}|${time}|${nonce}`).digest('base64url');

  return {
    publish(file) {
      const id = randomUUID();
      const extension = extensionOf(file.name);
      const path = `/files/tools/${id}.${extension}`;
      files.set(path, file);
      const time = String(now());
      const nonce = randomBytes(8).toString('hex');
      const query = new URLSearchParams({ timestamp: time, nonce, sign: signatureOf(path, time, nonce) });
      const url = `${prefix()}${path}?${query.toString()}`;
      const object = {
        dify_model_identity: '__dify__file__',
        id: randomUUID(),
        tenant_id: randomUUID(),
        type: file.type,
        transfer_method: 'tool_file',
        remote_url: null,
        related_id: id,
        filename: file.name,
        extension: `.${extension}`,
        mime_type: file.mime,
        size: file.content.length,
        url,
      };
      return { id, url, file, object };
    },
    find(url) {
      const file = files.get(url.pathname);
      const time = url.searchParams.get('timestamp') ?? '';
      const signature = signatureOf(url.pathname, time, url.searchParams.get('nonce') ?? '');
      if (url.searchParams.get('sign') !== signature || now() - Number(time) > lifeMs) return undefined;
      return file;
    },
  };
}
