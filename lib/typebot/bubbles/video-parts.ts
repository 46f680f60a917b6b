import { textAt } from '../../core/fields';
import type { Part } from '../../core/parts';
import { linkPart } from './link-part';
import { endsAs, mediaFile, webAddress } from './media-file';

/** Where a player stands whose page nobody has named. */
const players: ReadonlyMap<string, string> = new Map([
  ['vimeo', 'https://player.vimeo.com/video/'],
  ['tiktok', 'https://www.tiktok.com/embed/v2/'],
  ['gumlet', 'https://play.gumlet.io/embed/'],
]);

const watchHosts =
  /(?:^|\.)(?:youtube\.com|youtube-nocookie\.com|youtu\.be|vimeo\.com|tiktok\.com|gumlet\.io)$/i;

/** A film of a platform is watched there; only one that lies at an address of its own can be sent. */
export function videoParts(content: unknown): Part[] {
  const type = textAt(content, 'type');
  const id = idOf(textAt(content, 'id'));
  const url = textAt(content, 'url');
  const address = webAddress(url);
  // This form is the one that chats show a preview of.
  if (type === 'youtube' && id !== undefined) return linkPart(`https://youtu.be/${id}`);
  const player = players.get(type ?? '');
  if (address === undefined) {
    return player !== undefined && id !== undefined ? linkPart(player + id) : [];
  }
  const isOnPlatform = type === 'youtube' || player !== undefined;
  return isOnPlatform || isWatchedThere(address) ? linkPart(url) : [mediaFile(address, 'video')];
}

/** A page with a player, or a list of the pieces of a stream: neither is a film as a file. */
function isWatchedThere(address: URL): boolean {
  if (endsAs(address, 'video')) return false;
  return watchHosts.test(address.hostname) || /\.(?:m3u8|mpd)$/i.test(address.pathname);
}

function idOf(id: string | undefined): string | undefined {
  return id !== undefined && /^[\w-]{1,100}$/.test(id) ? id : undefined;
}
