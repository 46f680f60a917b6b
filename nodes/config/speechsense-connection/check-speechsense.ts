import { InvalidError, type BitlaneError } from '../../../lib/core/errors';
import type { SpeechSenseVerdict } from '../../../lib/speechsense/check';
import type { SpeechSenseClient } from '../../../lib/speechsense/client';
import type { ActionAnswer, ActionContext } from '../../runtime/admin-action';
import { keyFileFault, lookUp, type Translate } from '../../runtime/explain';
import { packRedactor } from '../../runtime/redactor';
import type { Settings } from '../../runtime/settings';
import { authTypeOf, openSpeechSense } from './speechsense-settings';

/** The button of the dialog. Nothing is uploaded. */
export async function checkSpeechSense(context: ActionContext): Promise<ActionAnswer> {
  const { settings, signal, translate } = context;
  const client = openUnlessKeyFileBroken(settings);
  if (client instanceof InvalidError) return answerNo('key', 'keyFile', client, translate);
  try {
    const { verdict, message, error } = await client.check({ signal });
    // Holds, word for word, what the service's own app says; what it leaves open is told beside it.
    if (verdict === 'ready') {
      const good = lookUp(translate, `${texts}.ready`, { message }) ?? message;
      return { ok: true, message: good, details: { verdict, note: translate(`${texts}.unproved`) } };
    }
    // An address that may not be called is told as it is everywhere.
    if (error === undefined || error.code === 'ADDRESS_REFUSED') throw error ?? new Error(message);
    return answerNo(verdict, sentenceOn(verdict, error, settings), error, translate, {
      connection: client.connectionId,
      host: String(error.params['host'] ?? client.authority),
      reason: String(error.params['reason'] ?? error.code),
      fields: emptyIds(settings)
        .map((id) => translate(`speechsense-connection.label.${id}`))
        .join(', '),
    });
  } finally {
    client.close();
  }
}

const texts = 'speechsense-connection.check';

/** A key file is read as soon as the client is made. */
function openUnlessKeyFileBroken(settings: Settings): SpeechSenseClient | InvalidError {
  try {
    return openSpeechSense(settings);
  } catch (thrown) {
    if (thrown instanceof InvalidError && thrown.code === 'SPEECHSENSE_KEY_FILE') return thrown;
    throw thrown;
  }
}

/** What to do, then the words that support asks for. */
function answerNo(
  verdict: SpeechSenseVerdict,
  sentence: string,
  error: BitlaneError,
  translate: Translate,
  params: Readonly<Record<string, string>> = {},
): ActionAnswer {
  const isKeyFile = error.code === 'SPEECHSENSE_KEY_FILE';
  const given = isKeyFile ? keyFileFault(error, translate) : error.params['detail'];
  const detail = String(given ?? error.params['reason'] ?? error.message);
  const lines = [translate(`${texts}.${sentence}`, params), translate(`${texts}.detail`, { detail })];
  return { ok: false, message: packRedactor.text(lines.join('\n')), details: { verdict } };
}

const sentences = {
  denied: 'denied',
  'not-found': 'notFound',
  host: 'host',
  network: 'network',
  tls: 'tls',
  refused: 'refused',
} as const;

const keySentences = {
  'api-key': 'apiKey',
  'iam-token': 'iamToken',
  'authorized-key': 'authorizedKey',
} as const;

function sentenceOn(
  verdict: Exclude<SpeechSenseVerdict, 'ready'>,
  { code }: BitlaneError,
  settings: Settings,
): string {
  if (code === 'SPEECHSENSE_QUOTA') return 'quota';
  if (verdict === 'key') return keySentences[authTypeOf(settings)];
  if (verdict === 'incomplete') return emptyIds(settings).length === 0 ? 'contradictory' : 'incomplete';
  return sentences[verdict];
}

/** Search wants some of these besides the connection; nobody says which. */
function emptyIds(settings: Settings): string[] {
  return ['organizationId', 'spaceId', 'projectId'].filter((id) => settings.text(id) === '');
}
