import { at, entriesAt, textAt } from '../core/fields';

/** A talk with its results as plain objects: numbers are numbers, times are ISO texts, names are in our own words. */
export interface Talk {
  readonly id: string;
  readonly connectionId: string;
  readonly projectIds: readonly string[];
  readonly createdAt: string | undefined;
  readonly modifiedAt: string | undefined;
  readonly fields: Readonly<Record<string, string>>;
  readonly state: TalkState;
  readonly phrases: readonly Phrase[];
  /** One line a phrase: `Operator: Good day`. */
  readonly dialog: string;
  readonly summary: readonly Statement[];
  readonly tags: readonly Tag[];
  readonly points: readonly { id: string; question: string; answer: string | undefined }[];
  readonly assistants: readonly { assistantId: string; results: Record<string, string | number> }[];
  readonly statistics: Statistics;
}

export type Progress = 'unknown' | 'not-started' | 'processing' | 'success' | 'failed';

export interface TalkState {
  readonly overall: Progress;
  /** By the name of the algorithm: speechkit, ygpt, classifier, summarization, embedding, statistics, assistant. */
  readonly algorithms: Readonly<Record<string, Progress>>;
}

export interface Phrase {
  readonly channel: number;
  readonly speaker: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
  readonly language: string | undefined;
}

export interface Statement {
  readonly id: string;
  readonly name: string;
  readonly answers: readonly string[];
}

export interface Tag {
  readonly name: string;
  /** In the whole talk. */
  readonly count: number;
  readonly byChannel: Readonly<Record<string, number>>;
}

export interface Statistics {
  readonly durationSeconds: number | undefined;
  readonly simultaneousSpeech: { readonly seconds: number; readonly ratio: number } | undefined;
  readonly simultaneousSilence: { readonly seconds: number; readonly ratio: number } | undefined;
  readonly interruptions: readonly { speaker: string; count: number; seconds: number }[];
  readonly speakers: readonly SpeakerStatistics[];
}

export interface SpeakerStatistics {
  readonly speaker: string;
  readonly phrases: number;
  readonly words: number;
  readonly letters: number;
  readonly speechMs: number;
  readonly speechRatio: number;
  readonly silenceMs: number;
  readonly silenceRatio: number;
}

/** Who is on a channel of a chat; of a call, the connection decides, and it cannot be asked. */
export type SpeakerNames = Readonly<Record<number, string>>;

export function readTalk(raw: unknown, speakers: SpeakerNames = {}): Talk {
  const phrases = entriesAt(raw, 'transcription', 'phrases').map((phrase) => readPhrase(phrase, speakers));
  return {
    id: textAt(raw, 'id') ?? '',
    connectionId: textAt(raw, 'connection_id') ?? '',
    projectIds: texts(raw, 'project_ids'),
    createdAt: momentAt(raw, 'created_at'),
    modifiedAt: momentAt(raw, 'modified_at'),
    fields: Object.fromEntries(
      entriesAt(raw, 'talk_fields').map((field) => [
        textAt(field, 'name') ?? '',
        textAt(field, 'value') ?? '',
      ]),
    ),
    state: readState(at(raw, 'talk_state')),
    phrases,
    dialog: phrases.map(({ speaker, text }) => `${speaker}: ${text}`).join('\n'),
    summary: entriesAt(raw, 'summarization', 'statements').map((statement) => ({
      id: textAt(statement, 'field', 'id') ?? '',
      name: textAt(statement, 'field', 'name') ?? '',
      answers: texts(statement, 'response'),
    })),
    tags: entriesAt(raw, 'text_classifiers', 'classification_result').map(readTag),
    points: entriesAt(raw, 'points', 'quiz').map((quiz) => ({
      id: textAt(quiz, 'id') ?? '',
      question: textAt(quiz, 'request') ?? '',
      answer: textAt(quiz, 'response', 'value'),
    })),
    assistants: entriesAt(raw, 'assistants', 'assistant_results').map(readAssistant),
    statistics: readStatistics(raw),
  };
}

function readPhrase(raw: unknown, speakers: SpeakerNames): Phrase {
  const channel = numberAt(raw, 'channel_number');
  return {
    channel,
    speaker: speakers[channel] ?? `Channel ${channel}`,
    startMs: numberAt(raw, 'start_time_ms'),
    endMs: numberAt(raw, 'end_time_ms'),
    // With punctuation and figures where the service has them.
    text: textAt(raw, 'phrase', 'normalized_text') ?? textAt(raw, 'phrase', 'text') ?? '',
    language: textAt(raw, 'phrase', 'language'),
  };
}

function readState(raw: unknown): TalkState {
  const infos = entriesAt(raw, 'algorithm_processing_infos').map((info): [string, Progress] => [
    (textAt(info, 'algorithm') ?? '').replace(/^ALGORITHM_/, '').toLowerCase(),
    progressAt(info),
  ]);
  return { overall: progressAt(raw), algorithms: Object.fromEntries(infos) };
}

const progress: Readonly<Record<string, Progress>> = {
  PROCESSING_STATE_NOT_STARTED: 'not-started',
  PROCESSING_STATE_PROCESSING: 'processing',
  PROCESSING_STATE_SUCCESS: 'success',
  PROCESSING_STATE_FAILED: 'failed',
};

function progressAt(raw: unknown): Progress {
  return progress[textAt(raw, 'processing_state') ?? ''] ?? 'unknown';
}

function readTag(raw: unknown): Tag {
  const byChannel: Record<string, number> = {};
  let whole: number | undefined;
  for (const counted of entriesAt(raw, 'classifier_statistics')) {
    const count = numberAt(counted, 'total_count');
    // A wrapper that is absent means the whole talk; channel 0 is a wrapper with 0 in it.
    const channel = at(counted, 'channel_number');
    if (channel === undefined || channel === null) whole = count;
    else byChannel[String(numberAt(channel, 'value'))] = count;
  }
  const sum = Object.values(byChannel).reduce((total, count) => total + count, 0);
  return { name: textAt(raw, 'classifier') ?? '', count: whole ?? sum, byChannel };
}

function readAssistant(raw: unknown): { assistantId: string; results: Record<string, string | number> } {
  const results = entriesAt(raw, 'results').map((result): [string, string | number] => {
    const kind = textAt(result, 'field_type') ?? 'string_result';
    const isText = kind === 'string_result';
    return [textAt(result, 'field_id') ?? '', isText ? (textAt(result, kind) ?? '') : numberAt(result, kind)];
  });
  return { assistantId: textAt(raw, 'assistant_id') ?? '', results: Object.fromEntries(results) };
}

function readStatistics(raw: unknown): Statistics {
  const speech = at(raw, 'speech_statistics');
  const silence = at(raw, 'silence_statistics');
  const conversation = at(raw, 'conversation_statistics');
  return {
    durationSeconds: isMissing(at(conversation, 'conversation_boundaries'))
      ? undefined
      : numberAt(conversation, 'conversation_boundaries', 'duration_seconds'),
    simultaneousSpeech: isMissing(speech)
      ? undefined
      : {
          seconds: numberAt(speech, 'total_simultaneous_speech_duration_seconds'),
          ratio: numberAt(speech, 'total_simultaneous_speech_ratio'),
        },
    simultaneousSilence: isMissing(silence)
      ? undefined
      : {
          seconds: numberAt(silence, 'total_simultaneous_silence_duration_seconds'),
          ratio: numberAt(silence, 'total_simultaneous_silence_ratio'),
        },
    interruptions: entriesAt(raw, 'interrupts_statistics', 'speaker_interrupts').map((one) => ({
      speaker: textAt(one, 'speaker_tag') ?? '',
      count: numberAt(one, 'interrupts_count'),
      seconds: numberAt(one, 'interrupts_duration_seconds'),
    })),
    speakers: entriesAt(conversation, 'speaker_statistics').map((one) => ({
      speaker: textAt(one, 'speaker_tag') ?? '',
      phrases: numberAt(one, 'utterance_count'),
      words: numberAt(one, 'complete_statistics', 'words_count'),
      letters: numberAt(one, 'complete_statistics', 'letters_count'),
      speechMs: numberAt(one, 'complete_statistics', 'total_speech_ms'),
      speechRatio: numberAt(one, 'complete_statistics', 'speech_ratio'),
      silenceMs: numberAt(one, 'complete_statistics', 'total_silence_ms'),
      silenceRatio: numberAt(one, 'complete_statistics', 'silence_ratio'),
    })),
  };
}

function isMissing(raw: unknown): boolean {
  return raw === undefined || raw === null;
}

/** 64-bit numbers come as texts. */
function numberAt(raw: unknown, ...path: readonly string[]): number {
  const value = Number(textAt(raw, ...path) ?? 0);
  return Number.isFinite(value) ? value : 0;
}

function texts(raw: unknown, key: string): string[] {
  return entriesAt(raw, key).filter((one) => typeof one === 'string');
}

function momentAt(raw: unknown, key: string): string | undefined {
  const seconds = textAt(raw, key, 'seconds');
  if (seconds === undefined) return undefined;
  const ms = Number(seconds) * 1000 + numberAt(raw, key, 'nanos') / 1_000_000;
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : undefined;
}
