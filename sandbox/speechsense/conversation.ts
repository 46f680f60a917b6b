/** What SpeechSense is to have heard in a talk, and to think of it. */
export interface Conversation {
  language: string;
  said: readonly { by: 'operator' | 'client'; text: string }[];
  /** The answers to what the summary asks. */
  summary: readonly { name: string; text: string }[];
  /** Tags, with how often each was found. */
  tags: readonly { name: string; count: number }[];
}

const msPerLetter = 55;
const pauseMs = 400;
const channels = { operator: '0', client: '1' } as const;

/** One after the other, as long as it takes to say them. */
export function saidPhrases({ said, language }: Conversation): object[] {
  let at = 0;
  return said.map(({ by, text }) => {
    const start = at;
    const end = start + text.length * msPerLetter;
    at = end + pauseMs;
    return {
      channel_number: channels[by],
      start_time_ms: String(start),
      end_time_ms: String(end),
      phrase: { text: text.toLowerCase(), language, normalized_text: text },
    };
  });
}

export function summaryOf({ summary }: Conversation): object {
  return {
    statements: summary.map(({ name, text }, place) => ({
      field: { name, type: 'TEXT', id: `answer-${place}` },
      response: [text],
    })),
  };
}

export function tagsOf({ tags }: Conversation): object {
  return {
    classification_result: tags.map(({ name, count }) => ({
      classifier: name,
      classifier_statistics: [
        { total_count: String(count), histograms: [{ count_values: [String(count)] }] },
        { channel_number: { value: '0' }, total_count: String(count) },
        { channel_number: { value: '1' }, total_count: '0' },
      ],
    })),
  };
}
