import { randomBytes } from 'node:crypto';
import type { PlacedBlock } from './bot';
import { ok, type Call, type Concern, type Endpoint, type Reply } from './call';
import { readUpload } from './chat-request';
import { allowedTypes, extensionFor } from './check-files';
import { freshId } from './ids';
import { badRequest, brokenSession } from './refusal';
import { sampleFiles } from './samples';
import type { Session, SessionStore } from './sessions';

export interface Upload {
  readonly token: string;
  readonly sessionId: string;
  readonly blockId: string;
  /** What the bot is told. */
  readonly fileUrl: string;
  readonly fileType: string;
  readonly path: string;
  /** Undefined as long as nothing has come. */
  content: Buffer | undefined;
}

/** `put`: since 3.17.1. `form`: before. `off`: no storage is set up. */
export type UploadStyle = 'put' | 'form' | 'off';

const megabyte = 1024 * 1024;

export function uploadEndpoints(
  store: SessionStore,
  uploads: Upload[],
  { style, origin }: { style: UploadStyle; origin: () => string },
): Endpoint[] {
  function grant({ body }: Call): Reply {
    const { sessionId, fileType = 'application/octet-stream', fileSize = 0 } = readUpload(body);
    if (style === 'off')
      throw brokenSession(
        'S3 not properly configured. Missing one of those variables: S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY',
      );
    const session = store.find(sessionId);
    if (!session) throw badRequest("Can't find session");
    const { block, mime } = mustTakeFiles(session, fileType, fileSize);
    const path = `public/typebots/${session.bot.id}/blocks/${block.id}/${freshId()}.${extensionFor(mime)}`;
    const token = randomBytes(24).toString('base64url');
    const fileUrl = `${origin()}/storage/${path}`;
    uploads.push({ token, sessionId, blockId: block.id, fileUrl, fileType: mime, path, content: undefined });
    const granted = { presignedUrl: `${origin()}/api/uploads/${token}`, fileType: mime, fileUrl };
    const formData = style === 'form' ? { key: path, policy: token, 'Content-Type': mime } : {};
    return ok({ ...granted, formData });
  }

  async function receive({ path, request }: Call): Promise<Reply> {
    const upload = uploads.find(({ token }) => token === path[0]);
    if (!upload) return { status: 403, text: 'Invalid upload URL' };
    if (request.method !== (style === 'form' ? 'POST' : 'PUT'))
      return { status: 405, text: 'Method not allowed' };
    const content =
      style === 'form' ? await formFile(upload, request.headers['content-type'], request.body) : request.body;
    if (!content) return { status: 400, text: 'Missing upload body' };
    upload.content = content;
    return { status: 204 };
  }

  function show({ path }: Call): Reply {
    const upload = uploads.find((one) => one.path === path[0]);
    if (!upload?.content) return { status: 404, text: 'Not found' };
    return { status: 200, bytes: upload.content, headers: { 'Content-Type': upload.fileType } };
  }

  function ofSession(id: string | undefined): Concern {
    const session = id === undefined ? undefined : store.find(id);
    return { session, bot: session?.bot };
  }

  const ofUpload = ({ path }: Pick<Call, 'path'>): Concern =>
    ofSession(uploads.find(({ token }) => token === path[0])?.sessionId);

  const place = /^\/api\/uploads\/([^/]+)$/;
  return [
    {
      name: 'upload-url',
      method: 'POST',
      path: /^\/api\/v3\/generate-upload-url$/,
      concern: ({ body }) => ofSession(sessionIdIn(body)),
      run: grant,
    },
    { name: 'upload', method: 'PUT', path: place, takes: 'bytes', concern: ofUpload, run: receive },
    { name: 'upload', method: 'POST', path: place, takes: 'bytes', concern: ofUpload, run: receive },
    { name: 'file', method: 'GET', path: /^\/storage\/(.+)$/, takes: 'bytes', run: show },
    { name: 'file', method: 'GET', path: /^\/samples\/([\w.-]+)$/, takes: 'bytes', run: showSample },
  ];
}

function sessionIdIn(body: unknown): string | undefined {
  try {
    return readUpload(body).sessionId;
  } catch {
    return undefined;
  }
}

function mustTakeFiles(
  { bot, state }: Session,
  fileType: string,
  fileSize: number,
): { block: PlacedBlock; mime: string } {
  if (state.currentBlockId === undefined) throw badRequest("Can't find currentBlockId in session state");
  const block = bot.block(state.currentBlockId);
  const takes =
    block?.kind === 'input' &&
    (block.type === 'file input' || block.attachmentsTo !== undefined || block.audioTo !== undefined);
  if (!takes) throw badRequest('Current block does not expect file upload');
  const mime = fileType.toLowerCase().split(';')[0]?.trim() ?? '';
  const allowed = allowedTypes(block.options.allowedFileTypes);
  if (allowed && !allowed.some((type) => type.mime === mime))
    throw badRequest(`File type ${mime} not allowed`);
  const { sizeLimit } = block.options;
  if (sizeLimit !== undefined && fileSize > sizeLimit * megabyte)
    throw badRequest(`File size exceeds the ${sizeLimit}MB limit`);
  return { block, mime };
}

/** The fields that were handed out have to come back, and the file after them. */
async function formFile(upload: Upload, contentType = '', body: Buffer): Promise<Buffer | undefined> {
  const headers = { 'Content-Type': contentType };
  const form = await new Response(new Uint8Array(body), { headers }).formData().catch(() => undefined);
  const file = form?.get('file');
  if (form?.get('key') !== upload.path || form.get('policy') !== upload.token) return undefined;
  return file instanceof Blob ? Buffer.from(await file.arrayBuffer()) : undefined;
}

function showSample({ path }: Call): Reply {
  const file = sampleFiles[path[0] ?? ''];
  if (!file) return { status: 404, text: 'Not found' };
  return { status: 200, bytes: file.content, headers: { 'Content-Type': file.type } };
}
