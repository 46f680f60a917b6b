import { isMap } from '../shared/params';
import type { Fields } from './blocks';
import { readMessage, type Message } from './messages';
import { badRequest } from './refusal';
import type { TextFormat } from './shown-bubble';

export interface ContinueRequest {
  message: Message | undefined;
  format: TextFormat;
}

export interface StartRequest extends ContinueRequest {
  prefilledVariables: Fields;
  isOnlyRegistering: boolean;
  resultId: string | undefined;
  /** The last two: preview only. */
  sessionId: string | undefined;
  startFrom: { type: 'group' | 'event'; id: string } | undefined;
}

/** At a start there is either a message or none: `null` is no message. */
export function readStart(body: unknown): StartRequest {
  const reader = createReader(body);
  const request = {
    message: reader.take('message', undefined, readMessage),
    format: reader.take('textBubbleContentFormat', 'richText', readFormat),
    prefilledVariables: reader.take('prefilledVariables', {}, readMap),
    isOnlyRegistering: reader.take('isOnlyRegistering', false, readFlag),
    resultId: reader.take('resultId', undefined, readText),
    sessionId: reader.take('sessionId', undefined, readText),
    startFrom: reader.take('startFrom', undefined, readStartFrom),
  };
  reader.take('isStreamEnabled', false, readFlag);
  reader.refuseIssues();
  return request;
}

export function readContinue(body: unknown): ContinueRequest {
  const reader = createReader(
    isMap(body) && body['message'] === null ? { ...body, message: undefined } : body,
  );
  const request = {
    message: reader.take('message', undefined, readMessage),
    format: reader.take('textBubbleContentFormat', 'richText', readFormat),
  };
  reader.refuseIssues();
  return request;
}

export interface UploadRequest {
  sessionId: string;
  fileType: string | undefined;
  fileSize: number | undefined;
}

export function readUpload(body: unknown): UploadRequest {
  const reader = createReader(body);
  const request = {
    sessionId: reader.need('sessionId'),
    fileType: reader.take('fileType', undefined, readText),
    fileSize: reader.take('fileSize', undefined, readNumber),
  };
  reader.need('blockId');
  reader.need('fileName');
  reader.refuseIssues();
  return request;
}

interface Reader {
  /** What is not there is the fallback; what cannot be read is an issue. */
  take: <T>(name: string, fallback: T, read: (value: unknown) => T | undefined) => T;
  need: (name: string) => string;
  refuseIssues: () => void;
}

function createReader(body: unknown): Reader {
  const fields = isMap(body) ? body : {};
  const issues: Fields[] = isMap(body) ? [] : [issueAt('')];
  return {
    take(name, fallback, read) {
      const value = fields[name];
      if (value === undefined) return fallback;
      const found = read(value);
      if (found === undefined) issues.push(issueAt(name));
      return found ?? fallback;
    },
    need(name) {
      const found = readText(fields[name]);
      if (found === undefined) issues.push(issueAt(name));
      return found ?? '';
    },
    refuseIssues() {
      if (issues.length > 0) throw badRequest('Input validation failed', { issues });
    },
  };
}

function issueAt(name: string): Fields {
  return { code: 'invalid_type', path: name === '' ? [] : [name], message: 'Invalid input' };
}

const readText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const readFlag = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);
const readNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const readMap = (value: unknown): Fields | undefined => (isMap(value) ? value : undefined);
const readFormat = (value: unknown): TextFormat | undefined =>
  value === 'richText' || value === 'markdown' ? value : undefined;

function readStartFrom(value: unknown): StartRequest['startFrom'] {
  if (!isMap(value)) return undefined;
  const { type, groupId, eventId } = value;
  if (type === 'group' && typeof groupId === 'string') return { type, id: groupId };
  return type === 'event' && typeof eventId === 'string' ? { type, id: eventId } : undefined;
}
