import { at, entriesAt, idAt, textAt } from '../core/fields';
import { bareExtension, textOf } from './input-form';

export interface HumanFormAction {
  id: string;
  title: string;
}

export interface HumanFormInput {
  /** `paragraph`, `select`, `file` or `file-list`, and whatever later releases add. */
  type: string;
  name: string;
  /** Of a `select`. */
  options?: string[];
  /** Which files it takes; all of them when left out. */
  fileTypes?: string[];
  fileExtensions?: string[];
  mostFiles?: number;
}

/** A question on which a run waits for a person. */
export interface HumanForm {
  /** None when the form went out by e-mail: then nobody can answer it through the API. */
  formToken: string | null;
  content: string;
  actions: HumanFormAction[];
  inputs: HumanFormInput[];
  /** Milliseconds since 1970. */
  expiresAt?: number;
}

export function readForm(body: unknown): HumanForm {
  const seconds = Number(textAt(body, 'expiration_time') ?? NaN);
  // The event and the endpoint call the same list differently.
  const actions = at(body, 'actions') ?? at(body, 'user_actions');
  return {
    formToken: textAt(body, 'form_token') ?? null,
    content: textAt(body, 'form_content') ?? '',
    actions: entriesAt(actions).flatMap(readAction),
    inputs: entriesAt(body, 'inputs').flatMap(readInput),
    ...(Number.isFinite(seconds) && seconds > 0 ? { expiresAt: Math.round(seconds * 1000) } : {}),
  };
}

/** A pause says again which forms it waits for. */
export function formsOfPause(body: unknown): HumanForm[] {
  const reasons = entriesAt(body, 'reasons').filter(
    (reason) => at(reason, 'form_id') !== undefined || at(reason, 'form_token') !== undefined,
  );
  return reasons.map(readForm);
}

function readAction(entry: unknown): HumanFormAction[] {
  const id = textAt(entry, 'id');
  return id === undefined ? [] : [{ id, title: textAt(entry, 'title') ?? id }];
}

function readInput(entry: unknown): HumanFormInput[] {
  const name = textAt(entry, 'output_variable_name') ?? textAt(entry, 'variable');
  if (name === undefined) return [];
  const options = entriesAt(entry, 'option_source', 'value').flatMap(textOf);
  const fileTypes = entriesAt(entry, 'allowed_file_types').flatMap(textOf);
  const fileExtensions = entriesAt(entry, 'allowed_file_extensions').flatMap(textOf).map(bareExtension);
  const mostFiles = idAt(entry, 'number_limits') ?? 0;
  return [
    {
      name,
      type: textAt(entry, 'type') ?? 'paragraph',
      ...(options.length > 0 && { options }),
      ...(fileTypes.length > 0 && { fileTypes }),
      ...(fileExtensions.length > 0 && { fileExtensions }),
      ...(mostFiles > 0 && { mostFiles }),
    },
  ];
}

/** What a button carries so that its answer finds the form again. */
export interface FormReference {
  formToken: string;
  workflowRunId: string;
}

export function formContext({ formToken, workflowRunId }: FormReference): string {
  return `dify-form:${encodeURIComponent(formToken)}:${encodeURIComponent(workflowRunId)}`;
}

export function readFormContext(context: string): FormReference | undefined {
  const [, token, run] = /^dify-form:([^:]+):([^:]+)$/.exec(context) ?? [];
  if (token === undefined || run === undefined) return undefined;
  try {
    return { formToken: decodeURIComponent(token), workflowRunId: decodeURIComponent(run) };
  } catch {
    return undefined;
  }
}
