import { oneLine } from '../../core/characters';
import type { FilePart } from '../../core/parts';

/** A picture that a chat can show. Drawings are not shown, and would be taken for documents. */
export function pictureFile(address: string | undefined): FilePart | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const { protocol, pathname, href } = new URL(address);
  if ((protocol !== 'https:' && protocol !== 'http:') || /\.svgz?$/i.test(pathname)) return undefined;
  return { type: 'file', name: nameIn(pathname), url: href };
}

function nameIn(pathname: string): string {
  const last = pathname.slice(pathname.lastIndexOf('/') + 1);
  try {
    return oneLine(decodeURIComponent(last)).replace(/[/\\]/g, ' ').trim() || 'picture';
  } catch {
    return last || 'picture';
  }
}
