/** What bots are made of. Groups are named; a block that leads elsewhere names the group. */
export type Fields = Readonly<Record<string, unknown>>;

export interface RichLeaf {
  text: string;
  bold?: boolean;
  italic?: boolean;
  underline?: boolean;
  strikethrough?: boolean;
  code?: boolean;
}

export interface RichElement {
  type: string;
  children: readonly RichNode[];
  url?: string;
}

export type RichNode = RichElement | RichLeaf;

export interface BubbleBlock {
  kind: 'bubble';
  type: string;
  /** None: the block was never filled in, and shows nothing at all. */
  content?: Fields;
  /** Of a text bubble. */
  richText?: readonly RichNode[];
  /** The flow stands still until something is sent, which goes into `save`. */
  waits?: boolean;
  save?: string | undefined;
}

/** Options as Typebot names them, without those that hold ids of variables. */
export interface InputOptions {
  labels?: Readonly<Record<string, string>>;
  retryMessageContent?: string;
  isLong?: boolean;
  inputMode?: string;
  isMultipleChoice?: boolean;
  isSearchable?: boolean;
  min?: number | string;
  max?: number | string;
  step?: number;
  style?: 'decimal' | 'currency' | 'percent' | 'unit';
  currency?: string;
  unit?: string;
  defaultCountryCode?: string;
  hasTime?: boolean;
  isRange?: boolean;
  format?: string;
  length?: number;
  startsAt?: number;
  buttonType?: 'Numbers' | 'Icons';
  isRequired?: boolean;
  isMultipleAllowed?: boolean;
  allowedFileTypes?: { isEnabled: boolean; types: readonly string[] };
  visibility?: 'Auto' | 'Public' | 'Private';
  sizeLimit?: number;
  provider?: string;
  amount?: string;
}

export interface ItemPath {
  id?: string;
  text?: string;
  to?: string;
}

/** A choice has `content`; a picture and a card have a title. */
export interface ItemInit {
  id?: string;
  content?: string;
  value?: string;
  title?: string;
  description?: string;
  pictureSrc?: string;
  imageUrl?: string;
  internalValue?: string;
  paths?: readonly ItemPath[];
  /** Where this answer leads. Else to the next block. */
  to?: string;
}

export interface Item extends ItemInit {
  id: string;
}

export interface InputBlock<AnItem = ItemInit> {
  kind: 'input';
  type: string;
  options: InputOptions;
  items: readonly AnItem[];
  save?: string | undefined;
  attachmentsTo?: string | undefined;
  audioTo?: string | undefined;
  /** A variable that holds a list: the choices come from there. */
  itemsFrom?: string;
  /** Of a card: which of its fields go into which variables. */
  saveFields?: Readonly<Record<string, string>>;
}

/** What the server makes of the reply to an action. */
export type ReplyUse =
  | { as: 'value'; variable: string }
  /** Variables, each with its path: `data.name`. */
  | { as: 'json' | 'webhook'; mapping: Readonly<Record<string, string>> };

export interface ActionBlock {
  kind: 'action';
  action: Fields & { type: string };
  /** The flow stands still until another call comes. */
  expectsDedicatedReply: boolean;
  reply?: ReplyUse;
}

export type LogicBlock =
  /** Comes back with `back()`. */
  | { kind: 'jump'; to: string }
  /** To where a jump, a command or a reply event came from. */
  | { kind: 'back' }
  | { kind: 'end' }
  | { kind: 'when'; variable: string; is: string | undefined; to: string }
  | { kind: 'set'; variable: string; value: string }
  /** What an integration would have told of itself. */
  | { kind: 'log'; log: Fields };

export type Block<AnItem = ItemInit> = BubbleBlock | InputBlock<AnItem> | ActionBlock | LogicBlock;

export type BotEvent =
  | { kind: 'command'; command: string; to?: string; resumeAfter?: boolean }
  | { kind: 'reply'; to: string; save?: string }
  | { kind: 'invalid-reply'; to: string; save?: string };
