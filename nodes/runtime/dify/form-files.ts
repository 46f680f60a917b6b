import type { DifyClient } from '../../../lib/dify/client';
import type { DifyFileInput } from '../../../lib/dify/file-input';
import { readFileRules, rulesOfField } from '../../../lib/dify/file-rules';
import type { HumanFormInput } from '../../../lib/dify/human-form';
import type { Asking } from './asking';
import { noticeOfFile } from './run-inputs';

export interface FormUpload {
  readonly client: Pick<DifyClient, 'uploadFiles'>;
  readonly asking: Asking;
  readonly onNotice: (notice: Error) => void;
}

/** The files of the message, as far as the field takes them. */
export async function uploadForForm(
  { client, asking, onNotice }: FormUpload,
  input: HumanFormInput,
): Promise<DifyFileInput[]> {
  if (asking.files.length === 0) return [];
  const { app } = await asking.read();
  const { name, type, mostFiles, fileTypes = [], fileExtensions = [] } = input;
  const field = { variable: name, control: type, required: true, options: [], fileTypes, fileExtensions };
  const rules = rulesOfField(
    { ...field, ...(mostFiles !== undefined && { maxLength: mostFiles }) },
    app?.files ?? readFileRules(undefined),
  );
  const options = { user: asking.user, signal: asking.options.signal };
  const { files, skipped } = await client.uploadFiles(asking.files, rules, options);
  for (const one of skipped) onNotice(noticeOfFile(one));
  return files;
}
