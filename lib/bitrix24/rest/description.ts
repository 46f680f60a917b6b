import { createLearntSecrets, mask } from '../../core/learnt-secrets';
import { maskByPattern } from '../../core/secret-patterns';

/** What the portal could repeat in its description, and what nobody may see. */
export interface HiddenTexts {
  /** Tokens and the like: found in any spelling. */
  readonly secrets: readonly string[];
  /** What was sent: message texts, ids of bots. Found also when only a piece of it is repeated. */
  readonly params: unknown;
}

const longestDescription = 300;
/** Shorter texts are ordinary words, and a description without its words is of no use. */
const shortestText = 6;
/** A piece that long in both texts is no chance. */
const pieceLength = 12;
/** Of a file's content this is enough. */
const searchedLength = 20_000;

/** The portal's own words about a refusal, fit to be shown. */
export function cleanDescription(description: string, { secrets, params }: HiddenTexts): string {
  if (description === '') return '';
  const start = description.slice(0, longestDescription * 2);
  const learnt = createLearntSecrets();
  for (const secret of secrets) learnt.learn(secret);
  const withoutParams = textsIn(params).reduce(maskRepeated, learnt.maskIn(start));
  const withoutUrls = withoutParams.replace(/https?:(?:\\?\/)+\S*/gi, mask);
  const clean = maskByPattern(withoutUrls).replace(/\s+/g, ' ').trim();
  return clean.length > longestDescription ? `${clean.slice(0, longestDescription)}…` : clean;
}

function textsIn(params: unknown): string[] {
  if (typeof params === 'string')
    return params.length >= shortestText ? [params.slice(0, searchedLength)] : [];
  if (typeof params !== 'object' || params === null) return [];
  return Object.values(params).flatMap(textsIn);
}

function maskRepeated(description: string, text: string): string {
  const length = Math.min(pieceLength, text.length);
  let clean = '';
  let copiedTo = 0;
  for (let at = 0; at + length <= description.length; at += 1) {
    if (!text.includes(description.slice(at, at + length))) continue;
    if (at >= copiedTo) clean += `${description.slice(copiedTo, at)}${mask}`;
    copiedTo = at + length;
  }
  return clean + description.slice(copiedTo);
}
