import { randomBytes } from 'node:crypto';
import type http from 'node:http';
import { sendJson, type ReceivedRequest } from '../shared/http-listener';
import type { PortalState, StoredFile } from './state';
import type { SendingFault } from './telephony/send-pieces';

/** Links that are good for a minute, and unless the portal is told otherwise for one GET. */
export interface Downloads {
  link: (file: StoredFile, form: LinkForm) => string;
  serve: (request: ReceivedRequest, response: http.ServerResponse, fault?: SendingFault) => void;
}

export interface LinkForm {
  kind: 'webhook' | 'app' | 'disk';
  /** The token in the link of `disk.file.get` is a credential of the caller. */
  auth?: string;
}

const linkSeconds = 60;

export interface DownloadRules {
  headers: 'required' | 'ignored';
  links: 'once' | 'lasting';
}

export function createDownloads(
  state: PortalState,
  { headers, links }: DownloadRules,
  hide: (secret: string) => void,
): Downloads {
  const tickets = new Map<string, { fileId: number; expiresAt: number }>();

  function newTicket(file: StoredFile, prefix: string): string {
    const ticket = `${prefix}|${randomBytes(16).toString('hex')}`;
    tickets.set(ticket, { fileId: file.id, expiresAt: state.now() + linkSeconds * 1000 });
    hide(ticket);
    return encodeURIComponent(ticket);
  }

  return {
    link(file, { kind, auth }) {
      const { origin, webhook } = state;
      if (kind === 'webhook')
        return `${origin}/rest/${webhook.userId}/${webhook.secret}/download/?token=${newTicket(file, 'imbot')}`;
      if (kind === 'app') return `${origin}/rest/download.json?token=${newTicket(file, 'imbot')}`;
      return `${origin}/rest/download.json?auth=${auth ?? ''}&token=${newTicket(file, 'disk')}`;
    },
    serve(request, response, fault) {
      if (headers === 'required' && !looksLikeAClient(request, state.origin)) return plainNotFound(response);
      const ticket = request.url.searchParams.get('token') ?? '';
      const known = tickets.get(ticket);
      if (links === 'once') tickets.delete(ticket);
      const file = known && known.expiresAt > state.now() ? state.files.get(known.fileId) : undefined;
      if (!file || request.method !== 'GET') {
        return sendJson(response, 403, {
          error: 'ACCESS_DENIED',
          error_description: 'The link is not valid.',
        });
      }
      sendFile(response, file, fault);
    },
  };
}

/** Without these headers the real file server answers a 404 page. */
function looksLikeAClient({ headers }: ReceivedRequest, origin: string): boolean {
  const named = headers['user-agent'] ?? '';
  const says = headers.accept !== undefined && headers['accept-language'] !== undefined;
  return named.includes('/') && says && (headers.referer ?? '').startsWith(`${origin}/`);
}

function plainNotFound(response: http.ServerResponse): void {
  response.writeHead(404, { 'Content-Type': 'text/html' });
  response.end('<html><head><title>404 Not Found</title></head><body>nginx</body></html>');
}

function sendFile(response: http.ServerResponse, file: StoredFile, fault: SendingFault | undefined): void {
  const tellsLength = file.tells.includes('length') && fault !== 'short';
  response.writeHead(200, {
    'Content-Type': file.contentType,
    ...(tellsLength ? { 'Content-Length': String(file.bytes.length) } : {}),
    ...(file.tells.includes('name') ? { 'Content-Disposition': disposition(file.name) } : {}),
  });
  const half = file.bytes.subarray(0, file.bytes.length / 2);
  if (fault === undefined) response.end(file.bytes);
  else if (fault === 'short') response.end(half);
  else if (fault === 'stall') response.write(half);
  else response.write(half, () => response.destroy());
}

function disposition(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  return `attachment; filename="${ascii}"; filename*=utf-8''${encodeURIComponent(name)}`;
}
