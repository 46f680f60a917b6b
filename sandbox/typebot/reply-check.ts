import type { PlacedInput } from './bot';
import { checkCards, checkChoice } from './check-choices';
import { checkEmail, checkPhone, checkUrl } from './check-contacts';
import { checkDate, checkTime } from './check-dates';
import { checkFiles } from './check-files';
import { checkNumber, checkRating } from './check-numbers';
import type { InputMessage } from './messages';
import { displayedItems } from './shown-input';
import type { Lookup } from './variables';
import { fail, success, successIf, type Check, type Verdict } from './verdict';

const checks: Readonly<Record<string, Check>> = {
  'number input': checkNumber,
  'email input': checkEmail,
  'url input': checkUrl,
  'phone number input': checkPhone,
  'date input': checkDate,
  'time input': checkTime,
  'rating input': checkRating,
  'choice input': checkChoice,
  'picture choice input': checkChoice,
  cards: checkCards,
  // Whoever says anything else than this has paid.
  'payment input': (text) => successIf(text !== 'fail', text),
  'file input': checkFiles,
};

export interface ReplyContext {
  lookup: Lookup;
  now: number;
  /** Servers before 3.11 do not look at it. */
  knowsReplyIds: boolean;
}

export function checkReply(
  message: InputMessage | undefined,
  block: PlacedInput,
  { lookup, now, knowsReplyIds }: ReplyContext,
): Verdict {
  const check = checks[block.type];
  if (!message)
    return block.type === 'file input' && block.options.isRequired === false ? { status: 'skip' } : fail;
  const text = message.type === 'audio' ? message.url : message.text;
  if (!check) return success(text);
  if (message.type === 'audio' && block.type !== 'file input') return fail;
  const replyId = message.type === 'text' && knowsReplyIds ? message.replyId : undefined;
  return check(text, { block, items: displayedItems(block, lookup), replyId, now });
}
