import { at, entriesAt, flagAt, keysAt, textAt } from '../core/fields';

/** One variable that an app declares. */
export interface InputField {
  variable: string;
  control: string;
  required: boolean;
  maxLength?: number;
  options: string[];
  default?: unknown;
  /** Of `file` and `file-list`. */
  fileTypes: string[];
  fileExtensions: string[];
}

/** `user_input_form` of /parameters: a list of objects with one key each, which names the control. */
export function readInputForm(parameters: unknown): InputField[] {
  return entriesAt(parameters, 'user_input_form').flatMap((entry) => {
    const [control] = keysAt(entry);
    const field = control === undefined ? undefined : readField(control, at(entry, control));
    return field ? [field] : [];
  });
}

function readField(control: string, entry: unknown): InputField | undefined {
  const variable = textAt(entry, 'variable');
  if (variable === undefined) return undefined;
  const maxLength = Number(textAt(entry, 'max_length') ?? NaN);
  const preset = at(entry, 'default');
  return {
    variable,
    control,
    required: flagAt(entry, 'required'),
    ...(maxLength > 0 ? { maxLength } : {}),
    options: entriesAt(entry, 'options').flatMap(textOf),
    ...(preset === undefined || preset === null || preset === '' ? {} : { default: preset }),
    fileTypes: entriesAt(entry, 'allowed_file_types').flatMap(textOf),
    fileExtensions: entriesAt(entry, 'allowed_file_extensions').flatMap(textOf).map(bareExtension),
  };
}

export function textOf(value: unknown): string[] {
  return typeof value === 'string' ? [value] : [];
}

/** In lower case and without the dot. */
export function bareExtension(extension: string): string {
  return extension.trim().toLowerCase().replace(/^\./, '');
}

export interface FormReview {
  /** Required, without a preset, and not among what the flow provides. */
  missing: string[];
  /** Provided, but not declared: Dify would leave them out without a word. */
  undeclared: string[];
  /** Declared too short for what is usual in them. */
  short: { variable: string; limit: number }[];
}

/** What an integrator should know before the first message. `usualLengths`: how long a value may well be. */
export function reviewForm(
  form: readonly InputField[],
  provided: readonly string[],
  usualLengths: Readonly<Record<string, number>> = {},
): FormReview {
  const declared = new Set(form.map(({ variable }) => variable));
  return {
    missing: form
      .filter(
        ({ variable, required, default: preset }) =>
          required && preset === undefined && !provided.includes(variable),
      )
      .map(({ variable }) => variable),
    undeclared: provided.filter((variable) => !declared.has(variable)),
    short: form.flatMap(({ variable, maxLength: limit }) =>
      limit !== undefined && provided.includes(variable) && (usualLengths[variable] ?? 0) > limit
        ? [{ variable, limit }]
        : [],
    ),
  };
}
