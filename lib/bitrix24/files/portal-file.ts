import type { Readable } from 'node:stream';
import { RefusedError } from '../../core/errors';
import { idAt, textAt } from '../../core/fields';
import type { HttpClient, HttpStreamResponse } from '../../core/http';
import type { PortalRest } from '../rest/portal';
import { dispositionName } from './content-disposition';
import { getFile, lengthIn } from './get-file';
import { errorIn, peek } from './peek';

/** Who asks for a file, and how. */
export interface FileAccess {
  readonly portal: { readonly rest: Pick<PortalRest, 'call'>; readonly origin: string };
  /** The bot that was sent the file: it may read what an administrator may not. */
  readonly bot: { readonly botId: number; readonly botToken: string | undefined };
  /** Of `createFileHttp`: it goes to the portal itself and to public addresses. */
  readonly http: HttpClient;
  readonly signal?: AbortSignal | undefined;
  /** A person waits for it, unless told otherwise: the calls to the portal go before those that can wait. */
  readonly urgent?: boolean | undefined;
}

/** The bytes of a file and what their server says of them. */
export interface ReceivedFile {
  readonly name: string | undefined;
  /** Without parameters, in lower case. */
  readonly mime: string | undefined;
  readonly size: number | undefined;
  /** To be read to its end or destroyed. */
  readonly body: Readable;
}

/** What the drive says of a file. */
export interface DriveCard {
  readonly name: string | undefined;
  readonly size: number | undefined;
  readonly link: string | undefined;
}

const downloadMethod = 'imbot.v2.File.download';

/** A link that is good for one GET and holds a secret: it goes nowhere but into that GET. */
export async function askForLink(fileId: number, access: FileAccess): Promise<string> {
  const { botId, botToken } = access.bot;
  const params = { botId, ...(botToken !== undefined && { botToken }), fileId };
  const link = textAt(await ask(downloadMethod, params, access), 'downloadUrl');
  if (link === undefined) throw refused('NO_LINK', undefined);
  return link;
}

/** Needs the scope `disk` and a right to the file, which nobody but the operator has in an Open Channel. */
export async function askDrive(fileId: number, access: FileAccess): Promise<DriveCard> {
  const card = await ask('disk.file.get', { id: fileId }, access);
  return { name: textAt(card, 'NAME'), size: idAt(card, 'SIZE'), link: textAt(card, 'DOWNLOAD_URL') };
}

function ask(method: string, params: Record<string, unknown>, access: FileAccess): Promise<unknown> {
  const { portal, signal, urgent = true } = access;
  return portal.rest.call(method, params, { idempotent: true, urgent, signal });
}

export async function receive(link: string, access: FileAccess, maxBytes: number): Promise<ReceivedFile> {
  const { http, signal, portal } = access;
  // Without these the portal's file server answers as if there were no such file.
  const headers = { 'Accept-Language': '*', Referer: `${portal.origin}/` };
  const response = await getFile(link, { http, signal, maxBytes, headers });
  try {
    return await readHead(response);
  } catch (error) {
    response.body.destroy();
    throw error;
  }
}

async function readHead({ status, headers, body }: HttpStreamResponse): Promise<ReceivedFile> {
  const mime = /^\s*([\w.+-]+\/[\w.+-]+)/.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase();
  if (status !== 200) throw refused(errorIn(await peek(body)) ?? `HTTP ${status}`, status);
  const name = dispositionName(headers['content-disposition']);
  if (name === undefined || isJsonBesideItsName(mime, name)) {
    const error = errorIn(await peek(body));
    if (error !== undefined) throw refused(error, status);
    const isPage = mime === 'text/html' || mime === 'application/json';
    if (name === undefined && isPage) throw refused('NO_FILE', status);
  }
  return { name, mime, size: lengthIn(headers), body };
}

/** The portal's error under the name of the file that it would not give. */
function isJsonBesideItsName(mime: string | undefined, name: string): boolean {
  return mime === 'application/json' && !/\.json$/i.test(name);
}

function refused(reason: string, status: number | undefined): RefusedError {
  return new RefusedError('BITRIX_REFUSED', `${downloadMethod}: the file was not given: ${reason}`, {
    ...(status !== undefined && { status }),
    serviceCode: reason,
    params: { method: downloadMethod, reason },
  });
}
