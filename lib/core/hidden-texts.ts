import { createLearntSecrets, mask } from './learnt-secrets';
import { maskByPattern } from './secret-patterns';

/** What a service could repeat in the text of an error, and what nobody may see. */
export interface HiddenTexts {
  /** Tokens and the like: found in any spelling. */
  readonly secrets: readonly string[];
  /** What was sent: texts, ids, inputs with tokens in them. Found also when only a piece of it is repeated. */
  readonly sent: unknown;
}

const longest = 300;
/** Shorter texts are ordinary words, and a description without its words is of no use. */
const shortestText = 6;
/** So long a run of the same characters in both texts is no chance. */
const pieceLength = 12;
/** Of a long text, or of a file's content, this is enough. */
const searchedLength = 20_000;

/** A service's own words about a refusal, fit to be shown. */
export function cleanDescription(description: string, { secrets, sent }: HiddenTexts): string {
  const learnt = createLearntSecrets();
  for (const secret of secrets) learnt.learn(secret);
  const start = learnt.maskIn(description.slice(0, longest * 4));
  const withoutSent = leavesOf(sent).reduce(maskShared, start);
  const withoutUrls = withoutSent.replace(/https?:(?:\\?\/)+\S*/gi, mask);
  const clean = maskByPattern(withoutUrls).replace(/\s+/g, ' ').trim();
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
}

function leavesOf(sent: unknown): string[] {
  if (typeof sent === 'string') return sent.length < shortestText ? [] : [sent.slice(0, searchedLength)];
  if (typeof sent !== 'object' || sent === null) return [];
  return Object.values(sent).flatMap(leavesOf);
}

/** Masks every piece of the description that is also a piece of what was sent. */
function maskShared(description: string, leaf: string): string {
  const length = Math.min(pieceLength, leaf.length);
  const isShared = (at: number): boolean => leaf.includes(description.slice(at, at + length));
  let clean = '';
  let at = 0;
  while (at < description.length) {
    if (at + length > description.length || !isShared(at)) {
      clean += description.charAt(at);
      at += 1;
      continue;
    }
    let end = at + length;
    while (end < description.length && isShared(end - length + 1)) end += 1;
    clean += mask;
    at = end;
  }
  return clean;
}
