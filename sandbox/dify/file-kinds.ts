import type { SizeLimits } from './app';

const extensionsOf: Readonly<Record<string, readonly string[]>> = {
  image: ['jpg', 'jpeg', 'png', 'webp', 'gif', 'svg'],
  document: 'txt md mdx markdown pdf html htm xlsx xls docx csv vtt properties'
    .split(' ')
    .concat('doc eml msg pptx ppt xml epub'.split(' ')),
  audio: ['mp3', 'm4a', 'wav', 'amr', 'mpga'],
  video: ['mp4', 'mov', 'mpeg', 'webm'],
};

export const fileTypes = [...Object.keys(extensionsOf), 'custom'];
export const audioExtensions = [...(extensionsOf['audio'] ?? []), 'mp4', 'webm'];

export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1).toLowerCase();
}

export function kindOf(extension: string): string {
  const found = Object.entries(extensionsOf).find(([, extensions]) => extensions.includes(extension));
  return found?.[0] ?? 'custom';
}

/** In bytes. */
export function sizeLimit(extension: string, limits: SizeLimits): number {
  const byKind: Readonly<Record<string, number>> = {
    image: limits.image_file_size_limit,
    audio: limits.audio_file_size_limit,
    video: limits.video_file_size_limit,
  };
  return (byKind[kindOf(extension)] ?? limits.file_size_limit) * 1024 * 1024;
}
