import type { Part } from '../core/parts';
import type { DifyApp } from './app';
import type { Citation } from './events';
import { formContent, formParts } from './form-parts';
import { splitMarkdown } from './markdown-files';
import { filePartOf, filesInside, withoutRepeats, type DifyFile } from './output-files';
import { renderOutput, renderOutputs } from './outputs';
import type { DifyResult } from './request';
import { formsInHand } from './waiting-form';

export interface PartsOptions {
  /** Of the API; relative addresses of files begin there. */
  readonly origin: string;
  /** What the app thinks that the person could ask next. */
  readonly suggested?: readonly string[];
  /** The names of the documents that the answer is drawn from, behind it. */
  readonly citations?: boolean;
}

export interface WorkflowPartsOptions extends PartsOptions {
  /** The name of the one output that is the answer; all of them when left out. */
  readonly output?: string | undefined;
}

export function chatParts(result: DifyResult, options: PartsOptions): Part[] {
  const outputFiles = filesInside(result.outputs);
  return partsOf(result.text, [...result.files, ...outputFiles], result, options);
}

export function workflowParts(result: DifyResult, options: WorkflowPartsOptions): Part[] {
  const { outputs } = result;
  const { output } = options;
  if (output === undefined) {
    const all = [...filesInside(outputs), ...result.files];
    return partsOf(renderOutputs(outputs), all, result, options);
  }
  const chosen = Object.hasOwn(outputs, output) ? outputs[output] : undefined;
  return partsOf(renderOutput(chosen), filesInside(chosen), result, options);
}

/** What an app says before anybody has asked it anything. */
export function openingParts(app: Pick<DifyApp, 'openingStatement' | 'openingQuestions'>): Part[] {
  const { openingStatement: text, openingQuestions } = app;
  return [...textPart(text), ...questions(openingQuestions)];
}

function partsOf(
  text: string,
  files: readonly DifyFile[],
  result: DifyResult,
  options: PartsOptions,
): Part[] {
  const pieces = splitMarkdown(text, options.origin);
  const inText = pieces.flatMap((piece) => ('file' in piece ? [piece.file] : []));
  const wanted = withoutRepeats([...inText, ...files], options.origin);
  const placed = new Set(inText);
  const inOrder = pieces.flatMap((piece): Part[] =>
    'text' in piece ? textPart(piece.text) : wanted.includes(piece.file) ? filePart(piece.file, options) : [],
  );
  return [
    ...inOrder,
    ...wanted.filter((file) => !placed.has(file)).flatMap((file) => filePart(file, options)),
    ...(options.citations ? textPart(citationList(result.citations)) : []),
    ...pauseParts(result),
    ...questions(options.suggested ?? []),
  ];
}

function textPart(text: string): Part[] {
  return text.trim() === '' ? [] : [{ type: 'text', text, format: 'markdown' }];
}

function filePart(file: DifyFile, { origin }: PartsOptions): Part[] {
  const part = filePartOf(file, origin);
  return part ? [part] : [];
}

/** One form at a time: the buttons of two could not be told apart. One that went out by e-mail is only told of. */
function pauseParts(result: DifyResult): Part[] {
  if (result.status !== 'paused') return [];
  const inHand = formsInHand(result);
  const [first] = inHand;
  return result.forms.flatMap(({ formToken, content }) => {
    if (first && formToken === first.formToken) return formParts(first);
    const waitsItsTurn = inHand.some((form) => form.formToken === formToken);
    return waitsItsTurn ? [] : textPart(formContent({ content, values: {} }));
  });
}

function questions(texts: readonly string[]): Part[] {
  const items = texts
    .filter((text) => text.trim() !== '')
    .map((text, place) => ({ id: `question-${place + 1}`, label: text, value: text }));
  return items.length === 0 ? [] : [{ type: 'choices', items }];
}

function citationList(citations: readonly Citation[]): string {
  const sorted = [...citations].sort((a, b) => a.position - b.position);
  const names = [...new Set(sorted.map(({ documentName }) => documentName).filter((name) => name !== ''))];
  return names.map((name, place) => `${place + 1}. ${name}`).join('\n');
}
