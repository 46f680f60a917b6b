import { at, entriesAt, flagAt, textAt } from '../../core/fields';
import { InvalidError } from '../../core/errors';
import { textOfParts, type Choice, type Part, type TextFormat } from '../../core/parts';

const formats: readonly TextFormat[] = ['markdown', 'bbcode', 'plain'];

/**
 * What is to be said. The parts of a bot node count as long as the flow has not changed the text they came with: who
 * edits `msg.payload` in a function node means the edited text, who does not loses no button and no file.
 */
export function partsToSend(message: unknown, text: string | undefined): Part[] {
  // Node-RED's own `msg.parts`, of split and join, is no list.
  const given = at(message, 'parts');
  const parts = Array.isArray(given) ? entriesAt(message, 'parts').map(readPart) : [];
  const isUnchanged = text === undefined || text === textOfParts(parts);
  // A bot that had nothing to say is no fault of the flow.
  if (Array.isArray(given) && isUnchanged) return parts;
  if (text === undefined || text.trim() === '') throw nothingToSay();
  const format = formats.find((one) => one === textAt(message, 'format')) ?? 'bbcode';
  return [{ type: 'text', text, format }];
}

function readPart(part: unknown): Part {
  const type = textAt(part, 'type') ?? '';
  switch (type) {
    case 'text':
      return {
        type: 'text',
        text: textAt(part, 'text') ?? '',
        format: formats.find((one) => one === textAt(part, 'format')) ?? 'plain',
      };
    case 'file':
      return readFile(part);
    case 'choices': {
      const prompt = textAt(part, 'prompt');
      const context = textAt(part, 'context');
      return {
        type: 'choices',
        items: entriesAt(part, 'items').map(readChoiceItem),
        multiple: flagAt(part, 'multiple'),
        ...(prompt !== undefined && { prompt }),
        ...(context !== undefined && { context }),
      };
    }
    case 'wait':
      return { type: 'wait', ms: Number(at(part, 'ms')) || 0 };
    default:
      throw new InvalidError('INPUT_INVALID', 'a part is none of text, file, choices, wait', {
        params: { what: 'msg.parts' },
      });
  }
}

function readFile(part: unknown): Part {
  const url = textAt(part, 'url');
  const path = textAt(part, 'path');
  const data = at(part, 'data');
  return {
    type: 'file',
    name: textAt(part, 'name') ?? 'file',
    ...(url !== undefined && { url }),
    ...(path !== undefined && { path }),
    ...(Buffer.isBuffer(data) && { data }),
  };
}

export function readChoiceItem(item: unknown): Choice {
  const label = textAt(item, 'label') ?? textAt({ item }, 'item') ?? '';
  const value = textAt(item, 'value');
  return { id: textAt(item, 'id') ?? label, label, ...(value !== undefined && { value }) };
}

function nothingToSay(): InvalidError {
  return new InvalidError('INPUT_INVALID', 'there is no text to send', { params: { what: 'msg.payload' } });
}
