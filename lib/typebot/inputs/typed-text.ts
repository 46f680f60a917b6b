import { withoutInvisible } from '../../core/characters';

/** What one typed, without what keyboards, phones and messengers add to it. */
export function typedText(text: string): string {
  return withoutInvisible(text.normalize('NFKC'))
    .replace(/[‐‑‒−]/g, '-')
    .replace(/\s+/g, ' ')
    .trim();
}

export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
