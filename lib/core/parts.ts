/** An answer in order, whatever builder made it and wherever it will be shown. */
/** What a bot node puts into `msg.payload`; a reply node tells by it whether the flow has changed the text. */
export function textOfParts(parts: readonly Part[]): string {
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n');
}

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
