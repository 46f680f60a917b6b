import { at, entriesAt, flagAt, textAt } from '../../core/fields';

/** One thing that can be chosen. What the server compares is kept as it came, blanks included. */
export interface InputItem {
  id: string;
  label: string;
  /** What the bot stores instead of the label. */
  value?: string;
  description?: string;
  picture?: string;
  /** The buttons of a card. */
  paths?: CardPath[];
}

export interface CardPath {
  id: string;
  label: string;
}

/** What a bot asks, as far as it is needed to show it and to answer it. Plain JSON: it waits in the store. */
export interface TypebotInput {
  id: string;
  type: string;
  items: InputItem[];
  /** Several choices, or several files. */
  isMultiple?: boolean;
  /** Of files: false when one may go on without. */
  isRequired?: boolean;
  /** Of a number or a date, as the bot has them. */
  min?: string;
  max?: string;
  /** Of a rating. */
  startsAt?: number;
  length?: number;
  format?: string;
  hasTime?: boolean;
  isRange?: boolean;
  /** The bot's own word between two dates. */
  separator?: string;
  defaultCountryCode?: string;
  /** Of files, when only some will do. */
  allowedTypes?: string[];
  takesAudio?: boolean;
  takesAttachments?: boolean;
  placeholder?: string;
  /** What the ends of a rating mean. */
  left?: string;
  right?: string;
  /** What the button is called that sends no file. */
  skip?: string;
  /** What is to be paid, with its currency. */
  amount?: string;
}

/** Of the answer of a server. A type that nobody knows yet stays, and is answered by text. */
export function readInput(raw: unknown): TypebotInput | undefined {
  const options = at(raw, 'options');
  const labels = at(options, 'labels');
  const isIcons = textAt(options, 'buttonType') === 'Icons';
  return readStoredInput({
    id: at(raw, 'id'),
    type: at(raw, 'type'),
    items: hasItems.has(textAt(raw, 'type') ?? '') ? entriesAt(raw, 'items').map(rawItem) : [],
    isMultiple: flagAt(options, 'isMultipleChoice') || flagAt(options, 'isMultipleAllowed'),
    isRequired: at(options, 'isRequired'),
    min: at(options, 'min'),
    max: at(options, 'max'),
    // Icons are counted from one, whatever the numbers begin with.
    startsAt: isIcons ? 1 : at(options, 'startsAt'),
    length: at(options, 'length'),
    format: at(options, 'format'),
    hasTime: at(options, 'hasTime'),
    isRange: at(options, 'isRange'),
    separator: at(labels, 'separator'),
    defaultCountryCode: at(options, 'defaultCountryCode'),
    allowedTypes: flagAt(options, 'allowedFileTypes', 'isEnabled')
      ? at(options, 'allowedFileTypes', 'types')
      : undefined,
    takesAudio: at(options, 'audioClip', 'isEnabled'),
    takesAttachments: at(options, 'attachments', 'isEnabled'),
    placeholder: at(labels, 'placeholder'),
    left: at(labels, 'left'),
    right: at(labels, 'right'),
    skip: at(labels, 'skip'),
    amount: textAt(raw, 'runtimeOptions', 'amountLabel') ?? amountOf(options),
  });
}

const hasItems = new Set(['choice input', 'picture choice input', 'cards']);

/** Choices have a content, pictures and cards a title. */
function rawItem(item: unknown): unknown {
  return {
    id: at(item, 'id'),
    label: textAt(item, 'content') ?? textAt(item, 'title'),
    value: at(item, 'value'),
    description: at(item, 'description'),
    picture: textAt(item, 'pictureSrc') ?? textAt(item, 'imageUrl'),
    paths: entriesAt(item, 'paths').map((path) => ({ id: at(path, 'id'), label: at(path, 'text') })),
  };
}

function amountOf(options: unknown): string | undefined {
  const amount = textAt(options, 'amount');
  return amount === undefined ? undefined : `${amount} ${textAt(options, 'currency') ?? 'USD'}`;
}

/** Back from the store, where anything may lie. */
export function readStoredInput(value: unknown): TypebotInput | undefined {
  const type = textAt(value, 'type');
  if (type === undefined) return undefined;
  const allowedTypes = entriesAt(value, 'allowedTypes').filter((one) => typeof one === 'string');
  return {
    id: textAt(value, 'id') ?? '',
    type,
    items: entriesAt(value, 'items').flatMap(readItem),
    ...flags(value),
    ...(at(value, 'isRequired') === false && { isRequired: false }),
    ...numbers(value),
    ...texts(value),
    ...(allowedTypes.length > 0 && { allowedTypes }),
  };
}

const flagNames = ['isMultiple', 'hasTime', 'isRange', 'takesAudio', 'takesAttachments'] as const;
const numberNames = ['startsAt', 'length'] as const;
const textNames = [
  ...(['min', 'max', 'format', 'separator', 'defaultCountryCode'] as const),
  ...(['placeholder', 'left', 'right', 'skip', 'amount'] as const),
];

function flags(value: unknown): Partial<Record<(typeof flagNames)[number], true>> {
  return Object.fromEntries(flagNames.filter((name) => flagAt(value, name)).map((name) => [name, true]));
}

/** A number may come as a text, out of a variable of the bot. */
function numbers(value: unknown): Partial<Record<(typeof numberNames)[number], number>> {
  return Object.fromEntries(
    numberNames.flatMap((name) => {
      const text = textAt(value, name)?.trim() ?? '';
      return text !== '' && Number.isFinite(Number(text)) ? [[name, Math.trunc(Number(text))]] : [];
    }),
  );
}

function texts(value: unknown): Partial<Record<(typeof textNames)[number], string>> {
  return Object.fromEntries(
    textNames.flatMap((name) => {
      const text = textAt(value, name);
      return text === undefined || text.trim() === '' ? [] : [[name, text]];
    }),
  );
}

/** A picture inside its own address would fill the store, and no chat can show it. */
function readItem(item: unknown): InputItem[] {
  const label = textAt(item, 'label') ?? '';
  const id = textAt(item, 'id') ?? label;
  if (id === '') return [];
  const value = textAt(item, 'value');
  const description = textAt(item, 'description')?.trim();
  const picture = textAt(item, 'picture')?.trim();
  const paths = entriesAt(item, 'paths').flatMap(readPath);
  return [
    {
      id,
      label,
      ...(value !== undefined && { value }),
      ...(description && { description }),
      ...(picture !== undefined && /^https?:\/\/\S+$/i.test(picture) && { picture }),
      ...(paths.length > 0 && { paths }),
    },
  ];
}

function readPath(path: unknown): CardPath[] {
  const id = textAt(path, 'id');
  return id === undefined ? [] : [{ id, label: textAt(path, 'label') ?? '' }];
}

/** What a button carries, so that a click on an old keyboard is told from an answer to the current question. */
export function inputContext(inputId: string): string {
  return `typebot-input:${encodeURIComponent(inputId.toWellFormed())}`;
}

export function readInputContext(context: string): string | undefined {
  const encoded = /^typebot-input:(.+)$/s.exec(context)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
