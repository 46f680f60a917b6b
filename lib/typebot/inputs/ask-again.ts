import { oneLine } from '../../core/characters';
import { hintTextsIn } from './hint-texts';
import { rangeHint, typesHint } from './hints';
import type { TypebotInput } from './input';
import { scaleOf } from './rating';
import type { AskAgainReason } from './reply-plan';

/** What a person is told when their answer was not sent to the bot. */
export function askAgainText(why: AskAgainReason, input: TypebotInput | undefined, language: string): string {
  const texts = hintTextsIn(language);
  switch (why) {
    case 'empty':
      return texts.wantAnswer;
    case 'payment':
      return input?.amount === undefined ? texts.payment : texts.paymentOf(oneLine(input.amount));
    case 'choice-expected':
      return texts.wantChoice;
    case 'text-expected':
      return texts.wantText;
    case 'file-expected':
      return texts.wantFile;
    case 'file-type':
      return [texts.wrongFileType, (input && typesHint(input, texts)) ?? ''].join(' ').trim();
    case 'number-range':
      return [texts.wrongNumber, (input && limitsOf(input, language)) ?? ''].join(' ').trim();
  }
}

function limitsOf(input: TypebotInput, language: string): string | undefined {
  const texts = hintTextsIn(language);
  if (input.type !== 'rating input') return rangeHint(input, texts);
  const { from, to } = scaleOf(input);
  return texts.numberBetween(String(from), String(to));
}
