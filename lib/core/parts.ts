/** An answer in order, whatever builder made it and wherever it will be shown. */
export type Part = TextPart | FilePart | ChoicesPart | WaitPart;

export type TextFormat = 'markdown' | 'bbcode' | 'plain';

export interface TextPart {
  type: 'text';
  text: string;
  format: TextFormat;
}

/** One of `url`, `path` and `data` says where the bytes are. */
export interface FilePart {
  type: 'file';
  name: string;
  mime?: string;
  url?: string;
  path?: string;
  data?: Buffer;
}

export interface ChoicesPart {
  type: 'choices';
  items: Choice[];
  multiple?: boolean;
  prompt?: string;
  /** What the builder needs to know again when a choice comes back, an input id for example. */
  context?: string;
}

export interface Choice {
  id: string;
  label: string;
  value?: string;
}

export interface WaitPart {
  type: 'wait';
  ms: number;
}
