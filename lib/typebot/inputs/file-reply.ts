import { webAddressesIn } from './contacts';
import { endedAs, extensionOf, isSurelyRefused } from './file-types';
import type { TypebotInput } from './input';
import type { TypebotMessage } from './message';
import type { ReplyPlan } from './reply-plan';
import type { Said, SaidFile } from './said';
import { typedText } from './typed-text';

/** To a question for a file: files, or addresses of files. */
export async function fileReply(input: TypebotInput, said: Said): Promise<ReplyPlan> {
  const types = input.allowedTypes ?? [];
  const files = input.isMultiple === true ? said.files : said.files.slice(0, 1);
  if (files.some(({ name }) => isSurelyRefused(name, types))) return { kind: 'ask-again', why: 'file-type' };
  const sent = await Promise.all(files.map(async ({ name, url }) => endedAs(await url(), name, types)));
  const written = webAddressesIn(said.text).map((url) => endedAs(url, '', types));
  if (said.files.length === 0 && input.isRequired === false && skipWords.test(typedText(said.text)))
    return { kind: 'send', message: null };
  const urls = sent.length > 0 ? sent : input.isMultiple === true ? written : written.slice(0, 1);
  if (urls.length === 0) return { kind: 'ask-again', why: 'file-expected' };
  return { kind: 'send', message: { type: 'text', text: urls.join(', ') } };
}

const skipWords = /^(?:skip|no file|пропустить|пропуск|пропускаю|нет файла|без файла)[.!]*$/i;

/** With a text, where the bot takes files besides; nothing where it takes none of these. */
export async function messageWithFiles(
  { takesAttachments, takesAudio }: TypebotInput,
  { text, files }: Said,
): Promise<TypebotMessage | undefined> {
  const [first] = files;
  if (first === undefined) return undefined;
  const isVoice = files.length === 1 && isAudio(first) && text.trim() === '';
  if (takesAudio === true && isVoice) return { type: 'audio', url: await first.url() };
  if (takesAttachments !== true) return undefined;
  const attachedFileUrls = await Promise.all(files.map(({ url }) => url()));
  return { type: 'text', text, attachedFileUrls };
}

const audioExtensions = new Set('aac amr flac m4a mp3 mpga oga ogg opus wav weba'.split(' '));

function isAudio({ name, mime }: SaidFile): boolean {
  const isTold = mime !== undefined && mime.includes('/') && !mime.startsWith('application/octet-stream');
  return isTold ? mime.startsWith('audio/') : audioExtensions.has(extensionOf(name));
}
