import { cleanCharacters } from '../characters';

const allowedAddress = /^(?:https?:\/\/[^\s/]|mailto:\S|tel:[\d+])/i;
/** What would end a tag, start one, or not be seen by the person who clicks. */
const unsafeInTag = /[\s[\]<>"`\\\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

/** The address as it may stand in a tag, or nothing when it is no link that a chat should carry. */
export function safeAddress(address: string): string | undefined {
  const trimmed = cleanCharacters(address).trim();
  if (!allowedAddress.test(trimmed)) return undefined;
  return trimmed.replace(unsafeInTag, (character) => encodeURIComponent(character));
}

const wholeAddress = /^(?:https?:\/\/[^\s/[\]<>"]|mailto:[^\s[\]<>"]|tel:[\d+])[^\s[\]<>"]*$/i;

export function isSafeAddress(address: string): boolean {
  return wholeAddress.test(address);
}

/** `text (address)`, or the address alone where the text says no more. */
export function linkAsText(text: string, address: string): string {
  const label = text.trim();
  const shown = address.replace(/^(?:mailto|tel):/i, '');
  if (label === '' || saysTheSame(label, shown)) return shown;
  return `${label} (${shown})`;
}

export function saysTheSame(label: string, address: string): boolean {
  return bare(label) === bare(address);
}

function bare(address: string): string {
  return address
    .trim()
    .replace(/^(?:https?:\/\/|mailto:|tel:)/i, '')
    .replace(/\/$/, '')
    .toLowerCase();
}
