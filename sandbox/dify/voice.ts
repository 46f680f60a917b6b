import type { ApiCall, Endpoint, Reply } from './endpoint';
import { ok } from './endpoint';
import { audioExtensions, extensionOf } from './file-kinds';
import { DifyRefusal, invalidParam } from './refusal';

const longestAudio = 30 * 1024 * 1024;

export function voiceEndpoints(): Endpoint[] {
  return [
    { name: 'audio-to-text', method: 'POST', path: /^\/v1\/audio-to-text$/, user: 'form', run: hear },
    { name: 'text-to-audio', method: 'POST', path: /^\/v1\/text-to-audio$/, user: 'json', run: speak },
  ];
}

function hear({ app, parts }: ApiCall): Reply {
  if (!app.speechToText)
    throw new DifyRefusal(400, 'speech_to_text_disabled', 'Speech to text is not enabled.');
  const part = parts.find(({ name, filename }) => name === 'file' && filename !== undefined);
  if (!part) throw new DifyRefusal(400, 'no_audio_uploaded', 'Please upload your audio.');
  const name = part.filename ?? '';
  if (part.content.length > longestAudio)
    throw new DifyRefusal(413, 'audio_too_large', 'Audio size larger than 30 mb');
  if (!audioExtensions.includes(extensionOf(name)) || !/^(?:audio|video)\//.test(part.mime ?? ''))
    throw new DifyRefusal(415, 'unsupported_audio_type', 'Audio type not allowed.');
  return ok({ text: app.speechToText({ name, content: part.content }) });
}

function speak({ app, body }: ApiCall): Reply {
  if (!app.textToSpeech) throw invalidParam('TTS is not enabled');
  if (typeof body['text'] !== 'string' && typeof body['message_id'] !== 'string')
    throw invalidParam('text or message_id is required');
  return { status: 200, bytes: Buffer.from('ID3\u0004'), headers: { 'Content-Type': 'audio/mpeg' } };
}
