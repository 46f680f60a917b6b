import { breakAt, breakTags, breakTagsInCode, placesOfActingTags } from '../../core/bb/break-tags';
import { readBb, textOf, withoutTags, type BbToken } from './bb-tokens';
import { cleanCharacters } from '../../core/characters';
import { isPermitted, type Allow } from '../../core/bb/tag-table';

/**
 * BB code from outside: formatting is kept and balanced; tags that act are kept when allowed; all else that looks
 * like a tag is broken, so that a person reads what was written. Doing it twice changes nothing.
 */
export function sanitiseBb(bb: string, allow: Allow = {}): string {
  const text = cleanCharacters(bb);
  const tokens = readBb(text, (rule, _name, rest) => isPermitted(rule, allow) && rule.accepts(rest)).map(
    harmless,
  );
  const joined = rawOf(breakJoined(tokens));
  // A tag may also hide behind tags within code, which are no tags there.
  return hidesTag(joined) ? rawOf(breakJoined(tokens.map(withBrokenCode))) : joined;
}

function harmless(token: BbToken): BbToken {
  if (token.kind === 'text') return { ...token, raw: breakTags(token.raw) };
  return token.kind === 'code' ? codeToken(breakTagsInCode(token.content)) : token;
}

function codeToken(content: string): BbToken {
  return { kind: 'code', content, raw: `[code]${content}[/code]` };
}

function withBrokenCode(token: BbToken): BbToken {
  return token.kind === 'code' ? codeToken(breakTags(token.content)) : token;
}

function rawOf(tokens: readonly BbToken[]): string {
  return tokens.map(({ raw }) => raw).join('');
}

function hidesTag(bb: string): boolean {
  return placesOfActingTags(withoutTags(bb)).length > 0;
}

/** Whoever drops the formatting, for a preview say, would join `[us[b]er=all]`: broken here as well. */
function breakJoined(tokens: readonly BbToken[]): BbToken[] {
  const places = placesOfActingTags(textOf(tokens)).reverse();
  if (places.length === 0) return [...tokens];
  let end = 0;
  return tokens.map((token) => {
    if (token.kind !== 'text' && token.kind !== 'code') return token;
    const text = token.kind === 'text' ? token.raw : token.content;
    const start = end;
    end += text.length;
    const own: number[] = [];
    while ((places.at(-1) ?? Infinity) <= end) own.push((places.pop() ?? 0) - start);
    if (own.length === 0) return token;
    const broken = breakAt(text, own);
    return token.kind === 'text' ? { ...token, raw: broken } : codeToken(broken);
  });
}
