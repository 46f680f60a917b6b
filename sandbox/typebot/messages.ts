import { isMap } from '../shared/params';

/** What a client says. */
export interface TextMessage {
  type: 'text';
  text: string;
  replyId: string | undefined;
  attachedFileUrls: readonly string[];
}

export interface AudioMessage {
  type: 'audio';
  url: string;
}

export interface CommandMessage {
  type: 'command';
  command: string;
}

export type InputMessage = TextMessage | AudioMessage;
export type Message = InputMessage | CommandMessage;

/** Undefined: it has no form that the server knows. */
export function readMessage(value: unknown): Message | undefined {
  if (typeof value === 'string') return textMessage(value);
  if (!isMap(value)) return undefined;
  const { type, text, url, command, metadata, attachedFileUrls = [] } = value;
  if (type === 'audio') return typeof url === 'string' ? { type, url } : undefined;
  if (type === 'command') return typeof command === 'string' ? { type, command } : undefined;
  if (type !== 'text' || typeof text !== 'string') return undefined;
  if (!isListOfTexts(attachedFileUrls) || (metadata !== undefined && !isMap(metadata))) return undefined;
  const replyId = metadata?.['replyId'];
  if (replyId !== undefined && typeof replyId !== 'string') return undefined;
  return { type, text, replyId, attachedFileUrls };
}

function textMessage(text: string): TextMessage {
  return { type: 'text', text, replyId: undefined, attachedFileUrls: [] };
}

export function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
