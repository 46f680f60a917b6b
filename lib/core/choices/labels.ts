import { oneLine, shorten } from '../characters';
import type { Choice } from '../parts';

/** As a button sends what it says, its label must stay something that a person could have typed. */
const longestLabel = 100;

/** What each choice is called in the chat: one line, never empty, no two alike. */
export function choiceLabels(items: readonly Choice[]): string[] {
  const labels = items.map(({ id, label, value }) => {
    const written = [label, value ?? '', id].map(oneLine).find((text) => text !== '') ?? '?';
    return shorten(written, longestLabel);
  });
  const counts = countOf(labels);
  const used = new Set(labels.filter((label) => counts.get(label) === 1));
  return labels.map((label) => (counts.get(label) === 1 ? label : numbered(label, used)));
}

function countOf(labels: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/** Two equal labels are both numbered, so that the bare label, when typed, stands for neither. */
function numbered(label: string, used: Set<string>): string {
  for (let number = 1; ; number += 1) {
    const candidate = `${label} (${number})`;
    if (used.has(candidate)) continue;
    used.add(candidate);
    return candidate;
  }
}

/** Labels that are numbers are their own list: a number before them could be taken for a choice. */
export function areNumbers(labels: readonly string[]): boolean {
  return labels.some((label) => /^[^\p{L}\p{N}]*\p{N}+[^\p{L}\p{N}]*$/u.test(label));
}
