import { RefusedError } from '../core/errors';
import type { DifyApp } from './app';
import type { DifyFileInput } from './file-input';
import { acceptedType, extensionIn, rulesOfField, typeOfFile, type FileRules } from './file-rules';
import { skipReasonOf, type FileSource, type SkipReason, type Uploads, type UploadOptions } from './upload';

export interface SkippedFile {
  name: string;
  reason: SkipReason;
}

export interface UploadedFiles {
  files: DifyFileInput[];
  skipped: SkippedFile[];
}

/** Files where an app wants them: with the message, and in its variables. */
export interface AttachedFiles extends UploadedFiles {
  inputs: Record<string, DifyFileInput | DifyFileInput[]>;
}

export interface VoiceTexts {
  texts: string[];
  /** What is no voice, or could not be understood. */
  others: FileSource[];
  /** Why Dify did not take a recording. */
  refusals: RefusedError[];
}

/** One place that takes files. */
interface Slot {
  readonly rules: FileRules;
  readonly variable?: string;
  readonly isList: boolean;
  readonly required: boolean;
  readonly taken: DifyFileInput[];
}

export function createAttaching(uploads: Uploads) {
  /** One by one: files are large, and a message has few. What is not taken is told, and does not cost the others. */
  async function fill(
    slots: readonly Slot[],
    files: readonly FileSource[],
    options: UploadOptions,
  ): Promise<SkippedFile[]> {
    const skipped: SkippedFile[] = [];
    for (const file of files) {
      const places = placesFor(file, slots);
      const [place] = places;
      if (!place) {
        skipped.push({
          name: file.name,
          reason: slots[0] ? (reasonAgainst(file, slots[0]) ?? 'type') : 'off',
        });
        continue;
      }
      try {
        const mostBytes = largestFor(file, place.rules);
        const id = await uploads.uploadFile(file, { ...options, mostBytes });
        for (const { rules, taken } of places) taken.push(inputFor(file, rules, id));
      } catch (error) {
        skipped.push({ name: file.name, reason: skipReasonOf(error) });
      }
    }
    return skipped;
  }

  async function uploadFiles(
    files: readonly FileSource[],
    rules: FileRules,
    options: UploadOptions,
  ): Promise<UploadedFiles> {
    const slot: Slot = { rules, isList: true, required: false, taken: [] };
    const skipped = await fill([slot], files, options);
    return { files: slot.taken, skipped };
  }

  async function attachFiles(
    files: readonly FileSource[],
    app: Pick<DifyApp, 'kind' | 'files' | 'form'>,
    options: UploadOptions,
  ): Promise<AttachedFiles> {
    const message: Slot = { rules: app.files, isList: true, required: false, taken: [] };
    const variables = app.form.flatMap((field): Slot[] => {
      const { variable, required, control } = field;
      if (control !== 'file' && control !== 'file-list') return [];
      const rules = rulesOfField(field, app.files);
      return [{ rules, variable, required, isList: control === 'file-list', taken: [] }];
    });
    // The files of a workflow are its variables; those of a message stand behind them only in old apps.
    const usesMessage = app.files.enabled && (app.kind !== 'workflow' || variables.length === 0);
    const skipped = await fill(usesMessage ? [message, ...variables] : variables, files, options);
    const inputs = Object.fromEntries(
      variables.flatMap(({ variable = '', isList, taken }): [string, DifyFileInput | DifyFileInput[]][] => {
        const [first] = taken;
        return first ? [[variable, isList ? taken : first]] : [];
      }),
    );
    return { files: message.taken, inputs, skipped };
  }

  /** Voice messages as texts, if the app can do it; a recording that it does not take stays a file. */
  async function transcribe(
    files: readonly FileSource[],
    app: Pick<DifyApp, 'speechToText'>,
    options: UploadOptions,
  ): Promise<VoiceTexts> {
    const heard: VoiceTexts = { texts: [], others: [], refusals: [] };
    for (const file of files) {
      const text = app.speechToText && isVoice(file) ? await textIn(file, options, heard) : '';
      if (text === '') heard.others.push(file);
      else heard.texts.push(text);
    }
    return heard;
  }

  /** Whatever Dify has against it (no model for speech, a quota), the person has said something and is answered. */
  async function textIn(file: FileSource, options: UploadOptions, heard: VoiceTexts): Promise<string> {
    try {
      return (await uploads.audioToText(file, options)).trim();
    } catch (error) {
      if (error instanceof RefusedError) heard.refusals.push(error);
      else skipReasonOf(error);
      return '';
    }
  }

  return { uploadFiles, attachFiles, transcribe };
}

export function isVoice({ name, mime }: Pick<FileSource, 'name' | 'mime'>): boolean {
  if (mime?.startsWith('audio/')) return true;
  return typeOfFile(name, mime) === 'audio' || ['ogg', 'oga', 'opus'].includes(extensionIn(name));
}

/** The message first, with the variables that must not be empty; else the first variable that takes it. */
function placesFor(file: FileSource, slots: readonly Slot[]): Slot[] {
  const open = slots.filter((slot) => reasonAgainst(file, slot) === undefined);
  const [first] = open;
  if (!first) return [];
  return first.variable === undefined
    ? [first, ...open.slice(1).filter(({ required }) => required)]
    : [first];
}

function reasonAgainst(file: FileSource, { rules, taken }: Slot): SkipReason | undefined {
  if (!rules.enabled || !rules.uploads) return 'off';
  if (acceptedType(file.name, file.mime, rules) === undefined) return 'type';
  if (taken.length >= rules.most) return 'count';
  return (file.size ?? 0) > largestFor(file, rules) ? 'size' : undefined;
}

function largestFor(file: FileSource, rules: FileRules): number {
  return rules.largestBytes[typeOfFile(file.name, file.mime)];
}

function inputFor(file: FileSource, rules: FileRules, id: string): DifyFileInput {
  const type = acceptedType(file.name, file.mime, rules) ?? 'custom';
  return { type, transfer_method: 'local_file', upload_file_id: id };
}
