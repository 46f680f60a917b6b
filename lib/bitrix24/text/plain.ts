import { readBb } from './bb-tokens';
import { cleanCharacters } from '../../core/characters';
import { foldTags, type Tag } from './fold-tags';
import { linkAsText } from '../../core/bb/links';
import { plainToBb } from '../../core/bb/plain-to-bb';

/**
 * BB text as a messenger outside the portal shows it: marks dropped, links with their address. The result is sent
 * through the portal like any other message, so it holds no tag either.
 */
export function bbToPlain(bb: string): string {
  return plainToBb(
    foldTags(
      readBb(cleanCharacters(bb), (rule, _name, rest) => rule.accepts(rest)),
      tagAsText,
    ),
  );
}

export function tagAsText({ name, rest, content }: Tag): string {
  const value = rest.slice(1);
  switch (name) {
    case 'url':
      return linkAsText(content, value === '' ? content : value);
    case 'call':
      return linkAsText(content, value === '' ? content : value);
    case 'br':
      return '\n';
    case 'icon':
      return iconAsText(value);
    case 'timestamp':
      return timeAsText(value);
    case 'img':
      return content.trim();
    default:
      return content;
  }
}

function iconAsText(value: string): string {
  return / title=(.*?)(?: (?:size|width|height)=\S*)*$/i.exec(value)?.[1]?.trim() ?? '';
}

const yearTenThousand = 253_402_300_800;

function timeAsText(value: string): string {
  const seconds = parseInt(value, 10);
  if (!(seconds < yearTenThousand)) return '';
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
