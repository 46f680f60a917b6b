import type { PhpMap } from './php-query';
import { isoStamp } from './stamp';
import type { PortalState, StoredFile } from './state';

export interface FileInit {
  name?: string;
  bytes?: Buffer;
  contentType?: string;
  /** `disk.file.get` may read it, although it lies in a chat. */
  readableByAll?: boolean;
  /** What the file server says of it beside its media type. Default: both. */
  tells?: readonly ('name' | 'length')[];
}

const typesByExtension: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  txt: 'text/plain',
};

export function addFile(state: PortalState, chatId: number, authorId: number, init: FileInit): StoredFile {
  const name = init.name ?? 'photo.jpg';
  const file: StoredFile = {
    id: state.nextId('file'),
    chatId,
    authorId,
    name,
    bytes: init.bytes ?? Buffer.from(`content of ${name}`),
    contentType: init.contentType ?? typesByExtension[extensionOf(name)] ?? 'application/octet-stream',
    at: state.now(),
    readableByAll: init.readableByAll ?? false,
    tells: init.tells ?? ['name', 'length'],
  };
  state.files.set(file.id, file);
  return file;
}

export function extensionOf(name: string): string {
  return name.includes('.') ? (name.split('.').at(-1) ?? '').toLowerCase() : '';
}

export function fileKind(file: StoredFile): 'image' | 'audio' | 'video' | 'file' {
  const family = file.contentType.split('/')[0];
  return family === 'image' || family === 'audio' || family === 'video' ? family : 'file';
}

/** As v1 message events carry it. Its links need a browser session, so a server cannot use them. */
export function fileCardV1(state: PortalState, file: StoredFile): PhpMap {
  const page = `${state.origin}/bitrix/services/main/ajax.php?action=disk.api.file`;
  const kind = fileKind(file);
  return {
    id: file.id,
    chatId: file.chatId,
    date: isoStamp(file.at),
    type: kind,
    name: file.name,
    extension: extensionOf(file.name),
    size: file.bytes.length,
    status: 'done',
    progress: 100,
    authorId: file.authorId,
    authorName: state.users.get(file.authorId)?.name ?? '',
    image: kind === 'image' ? { width: 640, height: 480 } : false,
    urlPreview: kind === 'image' ? `${page}.showPreview&fileId=${file.id}` : '',
    urlShow: `${page}.show&fileId=${file.id}`,
    urlDownload: `${page}.download&fileId=${file.id}`,
    viewerAttrs: { viewerType: kind === 'file' ? 'unknown' : kind, objectId: file.id, title: file.name },
  };
}

export function fileEntityV2(state: PortalState, file: StoredFile): Readonly<Record<string, unknown>> {
  return {
    id: file.id,
    chatId: file.chatId,
    date: isoStamp(file.at),
    type: fileKind(file),
    name: file.name,
    extension: extensionOf(file.name),
    size: file.bytes.length,
    image: false,
    authorId: file.authorId,
    authorName: state.users.get(file.authorId)?.name ?? '',
    isTranscribable: false,
    isVideoNote: false,
    isVoiceNote: false,
  };
}
