import type { FilePart } from '../../core/parts';
import { isDrawing, mediaFile, webAddress } from '../bubbles/media-file';

/** A picture that a chat can show. */
export function pictureFile(address: string | undefined): FilePart | undefined {
  const url = webAddress(address);
  return url && !isDrawing(url) ? mediaFile(url, 'image') : undefined;
}
