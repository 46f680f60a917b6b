import type { Call } from '../../lib/bitrix24/calls/call';
import type { RowLabel } from '../../lib/sync/source';

/** Who called whom and for how long. Of the client there is no name, and of the number too little to call it. */
export function labelOfCall(call: Call): RowLabel {
  const client = maskedNumber(call.client.phone) || call.client.id;
  const operator = call.operator.name ?? (call.operator.id && `user ${call.operator.id}`);
  const people = byOperator.has(call.direction) ? [operator, client] : [client, operator];
  const facts = [people.filter((who) => who !== '').join(' → '), lengthText(call.durationSeconds)];
  return {
    title: facts.filter((fact) => fact !== '').join(', '),
    mark: call.callId,
    at: Date.parse(call.startedAt),
  };
}

const byOperator: ReadonlySet<Call['direction']> = new Set(['outgoing', 'callback']);
/** With fewer digits it is a number inside the company. */
const fewestDigits = 6;
const hiddenDigits = 5;
const shownAtEnd = 2;
const mostShown = 5;

/** `+7 701 … 67`: enough for whoever knows the number to see that it is this one. */
export function maskedNumber(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  // An address, or no number at all.
  if (/[a-z@]/i.test(phone)) return phone.length > 3 ? `${phone.slice(0, 3)}…` : phone;
  if (digits.length < fewestDigits) return digits;
  const shown = Math.min(Math.max(digits.length - hiddenDigits - shownAtEnd, 1), mostShown);
  const head = digits.slice(0, shown).replace(/^([178])(\d{3})$/, '$1 $2');
  return `${phone.startsWith('+') ? '+' : ''}${head} … ${digits.slice(-shownAtEnd)}`;
}

function lengthText(durationSeconds: number): string {
  const seconds = Math.round(durationSeconds);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const twoDigits = (count: number): string => String(count).padStart(2, '0');
  const tail = twoDigits(seconds % 60);
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${tail}` : `${minutes}:${tail}`;
}
