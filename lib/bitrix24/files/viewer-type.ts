import { extensionOf } from './file-name';
import { isTelling } from './media-type';

export type ViewerType = 'image' | 'video' | 'audio' | 'file';

const byExtension: Readonly<Record<Exclude<ViewerType, 'file'>, readonly string[]>> = {
  image: ['jpg', 'jpeg', 'jpe', 'png', 'gif', 'bmp', 'webp', 'heic', 'heif', 'tif', 'tiff', 'svg'],
  video: ['mp4', 'm4v', 'mov', 'avi', 'mkv', 'webm', 'ogv', 'mpg', 'mpeg', 'wmv', 'flv', '3gp'],
  audio: ['mp3', 'ogg', 'oga', 'opus', 'wav', 'm4a', 'aac', 'flac', 'wma', 'amr', 'weba'],
};

/** What v1 events call a file, told by its media type, and by its name when that says nothing. */
export function viewerTypeOf(mime: string | undefined, name: string | undefined): ViewerType | undefined {
  const family = mime?.split('/')[0];
  if (family === 'image' || family === 'video' || family === 'audio') return family;
  if (isTelling(mime)) return 'file';
  if (name === undefined) return undefined;
  const extension = extensionOf(name) ?? '';
  const types = ['image', 'video', 'audio'] as const;
  return types.find((type) => byExtension[type].includes(extension)) ?? 'file';
}
