import { at, entriesAt, textAt } from '../../lib/core/fields';
import { grpcStatus, SpeechSenseRefusal } from './faults';
import type { ConnectionKind } from './state';

export type Connections = ReadonlyMap<string, ConnectionKind>;

const always = ['operator_name', 'operator_id', 'date', 'language'];
const ofTalk = [...always, 'client_name', 'client_id', 'direction_outgoing'];

const required: Readonly<Record<'badge' | ConnectionKind, readonly string[]>> = {
  /** A long recording of one channel, which the service cuts into talks. */
  badge: always,
  audio: ofTalk,
  chat: [...ofTalk, 'bot_name', 'bot_id'],
};

/** The connection and the keys of a talk, or a refusal by the rules that are written down. */
export function judgeMetadata(
  metadata: unknown,
  connections: Connections,
  what: keyof typeof required,
): { connectionId: string; fields: Record<string, string> } {
  const connectionId = textAt(metadata, 'connection_id') ?? '';
  const known = connections.get(connectionId);
  if (!known) throw new SpeechSenseRefusal(grpcStatus.notFound, `Connection ${connectionId} not found`);
  if ((known === 'chat') !== (what === 'chat')) {
    throw new SpeechSenseRefusal(
      grpcStatus.failedPrecondition,
      `Connection ${connectionId} is not for ${what}`,
    );
  }
  const fields: Record<string, string> = {};
  for (const [key, value] of Object.entries(at(metadata, 'fields') ?? {})) fields[key] = String(value);
  judgeFields(fields, what);
  return { connectionId, fields };
}

function judgeFields(fields: Record<string, string>, what: keyof typeof required): void {
  if (Object.keys(fields).length > 200) throw invalid('too many metadata keys');
  for (const key of required[what])
    if (!fields[key]) throw invalid(`required metadata key ${key} is missing`);
  for (const [key, value] of Object.entries(fields)) {
    if (Buffer.byteLength(value) > 1024) throw invalid(`value of ${key} is longer than 1024 bytes: ${value}`);
    if (value === 'null' || value === 'undefined') throw invalid(`value of ${key} is ${value}`);
  }
  const { date = '', direction_outgoing: direction = '', language = '' } = fields;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(date)) throw invalid(`date ${date} is not UTC`);
  if (direction !== 'true' && direction !== 'false' && required[what].includes('direction_outgoing'))
    throw invalid('direction_outgoing is neither true nor false');
  if (!/^[a-z]{2}-[A-Z]{2}(?:, [a-z]{2}-[A-Z]{2})*$/.test(language)) throw invalid(`language ${language}`);
}

export function judgeAudio(audio: unknown): unknown {
  const container = textAt(audio, 'container_audio', 'container_audio_type');
  const encoding = textAt(audio, 'raw_audio', 'audio_encoding');
  if (container === undefined && encoding === undefined) throw invalid('audio format is not specified');
  if (encoding !== undefined) {
    const rate = Number(textAt(audio, 'raw_audio', 'sample_rate_hertz') ?? 0);
    const channels = Number(textAt(audio, 'raw_audio', 'audio_channel_count') ?? 0);
    if (rate < 8000 || rate > 48_000 || channels < 1) throw invalid('sample rate or channel count');
  }
  return audio;
}

export function judgeMessages(content: unknown, fields: Record<string, string>): unknown[] {
  const messages = entriesAt(content, 'messages');
  if (messages.length === 0) throw invalid('no messages');
  const people = [fields['operator_id'], fields['client_id'], fields['bot_id']];
  let before = 0;
  for (const message of messages) {
    if (!people.includes(textAt(message, 'user_id'))) throw invalid('user_id is none of the three');
    const seconds = Number(textAt(message, 'timestamp', 'seconds') ?? 0);
    if (seconds <= 0 || seconds < before) throw invalid('timestamp is missing or out of order');
    before = seconds;
    if (textAt(message, 'text', 'text') === undefined) throw invalid('a message without a text');
  }
  return messages;
}

export function invalid(message: string): SpeechSenseRefusal {
  return new SpeechSenseRefusal(grpcStatus.invalidArgument, message);
}
