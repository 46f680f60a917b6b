import { at, entriesAt, flagAt, keysAt, textAt } from '../core/fields';
import type { DifyFileType } from './file-input';
import { bareExtension, textOf, type InputField } from './input-form';

/** Which files one place of an app takes: its messages, or one of its variables. */
export interface FileRules {
  enabled: boolean;
  /** Empty: all of them. */
  types: string[];
  /** What `custom` stands for. */
  extensions: string[];
  most: number;
  /** Whether files may be uploaded, not only named by their address. */
  uploads: boolean;
  largestBytes: Readonly<Record<DifyFileType, number>>;
}

const megabyte = 1024 * 1024;
const usualMost = 3;

export function readFileRules(parameters: unknown): FileRules {
  const upload = at(parameters, 'file_upload');
  const old = at(upload, 'image');
  // Old releases only know pictures; newer ones may write both forms.
  const isOld = !keysAt(upload).includes('enabled') && flagAt(old, 'enabled');
  const source = isOld ? old : upload;
  const methods = entriesAt(source, 'allowed_file_upload_methods').flatMap(textOf);
  const oldMethods = entriesAt(source, 'transfer_methods').flatMap(textOf);
  const types = entriesAt(source, 'allowed_file_types').flatMap(textOf);
  const isAny = methods.length + oldMethods.length === 0;
  return {
    enabled: flagAt(source, 'enabled'),
    types: isOld ? ['image'] : types,
    extensions: entriesAt(source, 'allowed_file_extensions').flatMap(textOf).map(bareExtension),
    most: positive(textAt(source, 'number_limits')) ?? usualMost,
    uploads: isAny || [...methods, ...oldMethods].includes('local_file'),
    largestBytes: readSizes(at(parameters, 'system_parameters')),
  };
}

/** A variable has rules of its own, and the sizes of the server. */
export function rulesOfField(field: InputField, app: FileRules): FileRules {
  return {
    ...app,
    enabled: field.control === 'file' || field.control === 'file-list',
    types: field.fileTypes,
    extensions: field.fileExtensions,
    most: field.control === 'file' ? 1 : (field.maxLength ?? 10),
    uploads: true,
  };
}

function readSizes(limits: unknown): FileRules['largestBytes'] {
  const bytes = (name: string, usual: number): number => (positive(textAt(limits, name)) ?? usual) * megabyte;
  const document = bytes('file_size_limit', 15);
  return {
    document,
    custom: document,
    image: bytes('image_file_size_limit', 10),
    audio: bytes('audio_file_size_limit', 50),
    video: bytes('video_file_size_limit', 100),
  };
}

function positive(text: string | undefined): number | undefined {
  const number = Number(text ?? NaN);
  return number > 0 && Number.isFinite(number) ? number : undefined;
}

const extensions: Readonly<Record<Exclude<DifyFileType, 'custom'>, readonly string[]>> = {
  image: ['jpg', 'jpeg', 'png', 'webp', 'gif', 'svg'],
  document:
    'txt md mdx markdown pdf html htm xlsx xls docx csv vtt properties doc eml msg pptx ppt xml epub'.split(
      ' ',
    ),
  audio: ['mp3', 'm4a', 'wav', 'amr', 'mpga'],
  video: ['mp4', 'mov', 'mpeg', 'webm'],
};

export function extensionIn(name: string): string {
  return /\.([^.\s/\\]{1,16})$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** What Dify would call the file; `custom` when by none of its own names. */
export function typeOfFile(name: string, mime: string | undefined): DifyFileType {
  const extension = extensionIn(name);
  if (extension !== '') {
    if (extensions.image.includes(extension)) return 'image';
    if (extensions.document.includes(extension)) return 'document';
    if (extensions.audio.includes(extension)) return 'audio';
    return extensions.video.includes(extension) ? 'video' : 'custom';
  }
  const [family = ''] = (mime ?? '').split('/');
  return family === 'image' || family === 'audio' || family === 'video' ? family : 'custom';
}

/** As which type the place takes a file; nothing when it does not. */
export function acceptedType(
  name: string,
  mime: string | undefined,
  rules: FileRules,
): DifyFileType | undefined {
  const type = typeOfFile(name, mime);
  const { types } = rules;
  if (types.length === 0 || (type !== 'custom' && types.includes(type))) return type;
  const isNamed = rules.extensions.includes(extensionIn(name));
  return types.includes('custom') && isNamed ? 'custom' : undefined;
}
