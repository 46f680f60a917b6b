import type { InputBlock, InputOptions, ItemInit } from './blocks';

export interface InputInit extends InputOptions {
  /** The variable that takes the answer. */
  save?: string;
}

export interface TextInit extends InputInit {
  /** Files may come with the text; their addresses go there. */
  attachmentsTo?: string;
  /** A voice message may come instead. */
  audioTo?: string;
}

export function textInput({ attachmentsTo, audioTo, ...init }: TextInit = {}): InputBlock {
  return { ...input('text input', init), attachmentsTo, audioTo };
}

export const numberInput = (init: InputInit = {}): InputBlock => input('number input', init);
export const emailInput = (init: InputInit = {}): InputBlock => input('email input', init);
export const urlInput = (init: InputInit = {}): InputBlock => input('url input', init);
export const phoneInput = (init: InputInit = {}): InputBlock => input('phone number input', init);
export const dateInput = (init: InputInit = {}): InputBlock => input('date input', init);
export const timeInput = (init: InputInit = {}): InputBlock => input('time input', init);
export const ratingInput = (init: InputInit = {}): InputBlock => input('rating input', init);
export const fileInput = (init: InputInit = {}): InputBlock => input('file input', init);

export function paymentInput(init: InputInit = {}): InputBlock {
  return input('payment input', { provider: 'Stripe', amount: '30.00', currency: 'USD', ...init });
}

/** A text is an item's content. */
export function choice(items: readonly (string | ItemInit)[], init: InputInit = {}): InputBlock {
  return input('choice input', init, items.map(asItem));
}

/** One choice for each entry of a list in a variable; their ids are `choice0`, `choice1` and so on. */
export function choiceFrom(variable: string, init: InputInit = {}): InputBlock {
  return { ...input('choice input', init), itemsFrom: variable };
}

export function pictureChoice(items: readonly ItemInit[], init: InputInit = {}): InputBlock {
  return input('picture choice input', init, items);
}

export interface CardsInit extends InputInit {
  /** `{ Title: 'PLAN', Button: 'ACTION' }`; also `Image URL`, `Description` and `Internal Value`. */
  saveFields?: Readonly<Record<string, string>>;
}

export function cards(items: readonly ItemInit[], { saveFields, ...init }: CardsInit = {}): InputBlock {
  return { ...input('cards', init, items), ...(saveFields ? { saveFields } : {}) };
}

/** Takes any text as its answer. */
export function unknownInput(type: string, init: InputInit = {}): InputBlock {
  return input(type, init);
}

function input(type: string, { save, ...options }: InputInit, items: readonly ItemInit[] = []): InputBlock {
  return { kind: 'input', type, options, items, save };
}

function asItem(item: string | ItemInit): ItemInit {
  return typeof item === 'string' ? { content: item } : item;
}
