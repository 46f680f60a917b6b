import { isSafeAddress, safeAddress } from '../../core/bb/links';
import { plainToBb } from '../../core/bb/plain-to-bb';
import { oneLine } from '../../core/characters';
import type { Part } from '../../core/parts';

/** A link as a text of its own; nothing when there is no address that a chat should carry. */
export function linkPart(url: string | undefined, label = ''): Part[] {
  const address = url === undefined ? undefined : safeAddress(url);
  if (address === undefined || !isSafeAddress(address)) return [];
  const words = oneLine(label);
  const text = words === '' || words === address ? address : `[url=${address}]${plainToBb(words)}[/url]`;
  return [{ type: 'text', text, format: 'bbcode' }];
}
