import { saidPhrases, summaryOf, tagsOf, type Conversation } from './conversation';
import type { StoredTalk } from './state';

const state = (name: string): string => `PROCESSING_STATE_${name}`;

/** A talk as Get gives it: what the mask asks for, and only once it is there. */
export function resultsOf(
  talk: StoredTalk,
  isReady: boolean,
  paths: readonly string[],
  projectId: string,
  conversation: Conversation | undefined,
): object {
  const results: Record<string, object> = {
    ...(isReady && !talk.hasFailed && { ...analysisOf(talk), ...(conversation && heard(conversation)) }),
  };
  results['talk_state'] = stateOf(talk, isReady);
  const wanted = Object.entries(results).filter(([name]) => paths.includes(name));
  return {
    id: talk.id,
    organization_id: 'bpfsandbox',
    space_id: 'f3fsandbox',
    connection_id: talk.connectionId,
    project_ids: [projectId],
    created_by: 'ajesandboxserviceacct',
    created_at: { seconds: String(Math.floor(talk.createdAt / 1000)), nanos: 0 },
    modified_at: { seconds: String(Math.floor(talk.modifiedAt / 1000)), nanos: 0 },
    talk_fields: Object.entries(talk.fields).map(([name, value]) => ({
      name,
      value,
      type: 'FIELD_TYPE_STRING',
    })),
    ...Object.fromEntries(wanted),
  };
}

function stateOf({ kind, hasFailed }: StoredTalk, isReady: boolean): object {
  const progress = isReady ? state(hasFailed ? 'FAILED' : 'SUCCESS') : state('PROCESSING');
  const algorithms = [
    'CLASSIFIER',
    'SUMMARIZATION',
    'STATISTICS',
    ...(kind === 'audio' ? ['SPEECHKIT'] : []),
  ];
  return {
    processing_state: progress,
    algorithm_processing_infos: algorithms.map((name) => ({
      algorithm: `ALGORITHM_${name}`,
      processing_state: progress,
    })),
  };
}

function analysisOf(talk: StoredTalk): Record<string, object> {
  const boundaries = { start_time_ms: '0', end_time_ms: '62000', duration_seconds: '62' };
  return {
    transcription: { phrases: phrasesOf(talk), algorithms_metadata: [] },
    speech_statistics: {
      total_simultaneous_speech_duration_seconds: '3',
      total_simultaneous_speech_duration_ms: '3200',
      total_simultaneous_speech_ratio: 0.05,
    },
    silence_statistics: {
      total_simultaneous_silence_duration_ms: '7400',
      total_simultaneous_silence_ratio: 0.12,
      total_simultaneous_silence_duration_seconds: '7',
    },
    interrupts_statistics: {
      speaker_interrupts: [
        {
          speaker_tag: '0',
          interrupts_count: '2',
          interrupts_duration_ms: '1900',
          interrupts_duration_seconds: '1',
        },
      ],
    },
    conversation_statistics: {
      conversation_boundaries: boundaries,
      speaker_statistics: ['0', '1'].map((tag) => ({
        speaker_tag: tag,
        utterance_count: '4',
        complete_statistics: {
          speaker_tag: tag,
          speech_boundaries: boundaries,
          total_speech_ms: '24000',
          speech_ratio: 0.4,
          total_silence_ms: '38000',
          silence_ratio: 0.6,
          words_count: '52',
          letters_count: '260',
        },
      })),
    },
    points: { quiz: [{ request: 'Was the client greeted?', response: { value: 'Yes' }, id: 'greeted' }] },
    text_classifiers: {
      classification_result: [
        {
          classifier: 'politeness',
          classifier_statistics: [
            { total_count: '3', histograms: [{ count_values: ['1', '2'] }] },
            { channel_number: { value: '0' }, total_count: '2' },
            { channel_number: { value: '1' }, total_count: '1' },
          ],
        },
      ],
    },
    summarization: {
      statements: [
        {
          field: { name: 'What the client wanted', type: 'TEXT', id: 'wish' },
          response: ['To order a delivery'],
        },
      ],
    },
    assistants: {
      assistant_results: [
        {
          assistant_id: 'quality',
          results: [
            { field_id: 'verdict', string_result: 'good' },
            { field_id: 'score', int_result: '9' },
          ],
        },
      ],
    },
  };
}

function heard(conversation: Conversation): Record<string, object> {
  return {
    transcription: { phrases: saidPhrases(conversation), algorithms_metadata: [] },
    summarization: summaryOf(conversation),
    text_classifiers: tagsOf(conversation),
  };
}

function phrasesOf({ kind, messages, fields }: StoredTalk): object[] {
  if (kind === 'chat') return messages.map((message, place) => chatPhrase(message, place, fields));
  return [
    ['0', 'Good day, how can I help?', 0],
    ['1', 'I would like to order a delivery', 4000],
  ].map(([channel, text, start]) => ({
    channel_number: channel,
    start_time_ms: String(start),
    end_time_ms: String(Number(start) + 3000),
    phrase: { text: String(text).toLowerCase(), language: 'ru-RU', normalized_text: text },
  }));
}

function chatPhrase(message: unknown, place: number, fields: Record<string, string>): object {
  const userId: unknown = Reflect.get(Object(message), 'user_id');
  const channels = [fields['operator_id'], fields['client_id'], fields['bot_id']];
  const payload: unknown = Reflect.get(Object(message), 'text');
  const text: unknown = Reflect.get(Object(payload), 'text');
  return {
    channel_number: String(Math.max(channels.indexOf(String(userId)), 0)),
    start_time_ms: String(place * 1000),
    end_time_ms: String(place * 1000 + 900),
    phrase: { text: String(text), language: 'ru-RU' },
  };
}
