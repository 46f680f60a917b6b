import { elementSteps, leafMarks, type Step } from './elements';
import { leafText } from './node';
import { createSheet, inNewLine, type Line, type Place } from './sheet';

/** Far more than any answer; a tree that goes round in a circle ends here. */
const mostSteps = 500_000;

/** The elements as lines, in order. Steps in a list instead of calls: a tree may be deeper than the stack. */
export function readLines(richText: unknown): Line[] {
  const sheet = createSheet();
  const waiting = topSteps(richText).reverse();
  let left = mostSteps;
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    left -= 1;
    if (left < 0) {
      sheet.write('…', inNewLine(topPlace));
      break;
    }
    if ('separates' in step) sheet.separate(step.separates);
    else if ('text' in step) sheet.write(step.text, step.place);
    else {
      const text = leafText(step.node);
      if (text !== undefined) sheet.write(text, step.place, leafMarks(step.node));
      else for (const inner of elementSteps(step.node, step.place).reverse()) waiting.push(inner);
    }
  }
  return sheet.lines();
}

const topPlace: Place = {
  element: 0,
  block: undefined,
  isInLine: false,
  isOneLine: false,
  isInLink: false,
  isVerbatim: false,
  tags: [],
  quotes: 0,
  lists: 0,
  item: undefined,
};

function topSteps(richText: unknown): Step[] {
  const elements: readonly unknown[] = Array.isArray(richText) ? richText : [richText];
  return elements.map((node, element) => ({ node, place: { ...topPlace, element } }));
}
