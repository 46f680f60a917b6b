import { USER_AGENT } from '../../../lib/core/user-agent';
import { InvalidError } from '../../../lib/core/errors';
import { textAt } from '../../../lib/core/fields';
import { parseJson } from '../../../lib/core/json';
import type { SpeechSenseCredential } from '../../../lib/speechsense/authorization';
import { createSpeechSenseClient, type SpeechSenseClient } from '../../../lib/speechsense/client';
import { authoritiesOf } from '../../runtime/authorities';
import { packRedactor } from '../../runtime/redactor';
import type { Settings } from '../../runtime/settings';

const languages = /^[a-z]{2,3}-[a-z]{2}(?:\s*,\s*[a-z]{2,3}-[a-z]{2})*$/i;

/** The connection as the settings name it. Nothing is called yet. */
export function openSpeechSense(settings: Settings): SpeechSenseClient {
  return createSpeechSenseClient({
    endpoint: settings.text('endpoint'),
    tls: settings.flag('tls', true),
    ca: authoritiesOf(settings),
    credential: credentialOf(settings),
    connectionId: settings.required('connectionId'),
    kind: settings.choice('kind', ['audio', 'chat']),
    organizationId: optional(settings, 'organizationId'),
    spaceId: optional(settings, 'spaceId'),
    projectId: optional(settings, 'projectId'),
    language: languageOf(settings),
    uploadsAtOnce: uploadsAtOnce(settings),
    believesSearch: settings.flag('believesSearch', false),
    allowPrivateNetwork: settings.flag('allowPrivateNetwork', false),
    userAgent: USER_AGENT,
  });
}

export function authTypeOf(settings: Settings): SpeechSenseCredential['authType'] {
  return settings.choice('authType', ['api-key', 'iam-token', 'authorized-key']);
}

function credentialOf(settings: Settings): SpeechSenseCredential {
  const authType = authTypeOf(settings);
  const secret = settings.requiredSecret('secret');
  learnPieces(authType, secret);
  return { authType, secret, iamEndpoint: settings.text('iamEndpoint') };
}

/** What was pasted is known as a whole by now; what is sent or signed with is a piece of it. */
function learnPieces(authType: SpeechSenseCredential['authType'], secret: string): void {
  if (authType === 'authorized-key') packRedactor.learn(privateKeyIn(secret));
  // Perhaps with the words that stand before it in a header.
  else packRedactor.learn(secret.split(/\s+/).at(-1));
}

function privateKeyIn(keyFile: string): string | undefined {
  // One that is no JSON is refused by the client, with a sentence.
  return textAt(parseJson(keyFile), 'private_key');
}

function optional(settings: Settings, property: string): string | undefined {
  return settings.text(property) || undefined;
}

function languageOf(settings: Settings): string {
  const language = settings.text('language', 'ru-RU');
  if (languages.test(language)) return language;
  throw new InvalidError('CONFIG_INVALID', 'this is no code of a language', {
    params: { property: 'language', expected: 'ru-RU', why: 'language' },
  });
}

function uploadsAtOnce(settings: Settings): number {
  const count = settings.number('uploadsAtOnce', 4, { min: 1, max: 8 });
  if (Number.isInteger(count)) return count;
  throw new InvalidError('CONFIG_INVALID', 'uploadsAtOnce is no whole number', {
    params: { property: 'uploadsAtOnce', expected: '1, 2, … 8', why: 'wholeNumber' },
  });
}
