import type { Choice, Part } from '../core/parts';
import { formContext } from './human-form';
import { plainInMarkdown } from './plain-in-markdown';
import { actionChoices, openInput, optionChoices, type FormInHand } from './waiting-form';

/** The whole form: what it says, and what it asks for now. */
export function formParts(form: FormInHand): Part[] {
  const content = formContent(form);
  const input = openInput(form);
  // A single field is what the form is about.
  const needsName = input !== undefined && (form.inputs.length > 1 || content === '');
  return [
    ...(content === '' ? [] : [{ type: 'text' as const, text: content, format: 'markdown' as const }]),
    ...(needsName ? [nameOf(input.name)] : []),
    ...choicesFor(form),
  ];
}

/** Only what it asks for now, while it is being filled in. */
export function nextQuestionParts(form: FormInHand): Part[] {
  const input = openInput(form);
  return input ? [nameOf(input.name), ...choicesFor(form)] : formParts(form);
}

/** Without the marks where a page shows the fields; what they were filled with stands in their place. */
export function formContent({ content, values }: Pick<FormInHand, 'content' | 'values'>): string {
  return content
    .replace(fieldMark, (_mark, name: string) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      return typeof value === 'string' ? plainInMarkdown(value) : '';
    })
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

const fieldMark = /\{\{\s*#\$output\.([^{}#]{1,200})#\s*\}\}/g;

function nameOf(name: string): Part {
  return { type: 'text', text: name, format: 'plain' };
}

function choicesFor(form: FormInHand): Part[] {
  const input = openInput(form);
  if (!input) return [{ type: 'choices', items: actionChoices(form), context: formContext(form) }];
  const items: Choice[] = optionChoices(input);
  return items.length === 0 ? [] : [{ type: 'choices', items }];
}
