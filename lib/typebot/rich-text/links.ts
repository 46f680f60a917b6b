import { isSafeAddress, safeAddress } from '../../core/bb/links';
import { oneLine } from '../../core/characters';
import { at, textAt } from '../../core/fields';
import { childrenOf, textWithin } from './node';
import type { Tag } from './runs';

/** A link as it can be shown: a tag around its children, or an address beside them or in their place. */
export interface LinkReading {
  readonly children: readonly unknown[];
  readonly tag?: Tag;
  readonly addition?: string;
}

export function readLink(url: string, children: readonly unknown[]): LinkReading {
  const written = oneLine(url);
  const label = textWithin(children);
  const address = safeAddress(written);
  if (label.trim() === '') return written === '' ? { children } : { children: [bare(address ?? written)] };
  if (address === undefined || !isSafeAddress(address)) return besideLabel(children, label, written);
  // What is its own address needs no tag: each client finds it.
  return label === address ? { children } : { children, tag: linkTag(address) };
}

/** A picture from Markdown has its label in one of two places. */
export function pictureLabel(node: unknown): readonly unknown[] {
  const caption = at(node, 'caption');
  if (Array.isArray(caption) && textWithin(caption).trim() !== '') return caption;
  const alt = textAt(node, 'alt') ?? textAt(node, 'caption');
  return alt === undefined ? (childrenOf(node) ?? []) : [alt];
}

function linkTag(address: string): Tag {
  return { open: `[url=${address}]`, close: '[/url]', address };
}

const carriesCode = /^(?:javascript|vbscript|data|blob|file):/i;

/** A path or an address that only an app knows: a person can still copy it. */
function besideLabel(children: readonly unknown[], label: string, written: string): LinkReading {
  const isOfUse = written !== '' && !carriesCode.test(written.replace(/\s/g, '')) && !label.includes(written);
  return isOfUse ? { children, addition: ` (${written})` } : { children };
}

function bare(address: string): string {
  return address.replace(/^(?:mailto|tel):/i, '');
}
