import { entriesAt, textAt } from '../../../lib/core/fields';
import type { Typebot } from '../../../sandbox/typebot';
import type { Shown, Speaker, Words } from './compared';

const fixedText = 'The bot is not responding';
/** Behind it stands what went wrong, with the data of the request. */
const failed = '[B]Error[/B]: …';

/**
 * What the public BitBot does with a bot of Typebot, by its documentation and its source of July 2026: one call a message,
 * the id of the first session until it runs out after days, and of each answer the last bubble.
 */
export function bitbotTalk(typebot: Typebot, bot: string, variables: object): Speaker {
  let sessionId: string | undefined;

  return async (words) => {
    const isCommand = typeof words !== 'string';
    const response = await fetch(
      sessionId === undefined
        ? typebot.startUrl(bot)
        : `${typebot.apiBaseUrl}/v1/sessions/${sessionId}/continueChat`,
      {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${typebot.token}` },
        body: JSON.stringify({
          message: messageOf(words),
          textBubbleContentFormat: 'richText',
          ...(sessionId === undefined && {
            isStreamEnabled: false,
            isOnlyRegistering: false,
            prefilledVariables: variables,
          }),
        }),
      },
    );
    const answer: unknown = await response.json().catch(() => undefined);
    if (!response.ok) return refusal(isCommand);
    sessionId ??= textAt(answer, 'sessionId');
    return [{ kind: 'message', text: lastBubble(answer) }];
  };
}

function messageOf(words: Words): object {
  return typeof words === 'string'
    ? { type: 'text', text: words }
    : { type: 'command', command: words.command };
}

/** The texts right below the elements, whatever they stand for; what they are joined by is a blank. */
function lastBubble(answer: unknown): string {
  const elements = entriesAt(entriesAt(answer, 'messages').at(-1), 'content', 'richText');
  const texts = elements.flatMap((element) =>
    entriesAt(element, 'children').map((child) => textAt(child, 'text') ?? ''),
  );
  return texts.join(' ') || fixedText;
}

/** As a system message, which stays with the staff of an Open Channel; to a command as its answer as well. */
function refusal(isCommand: boolean): Shown[] {
  return [
    ...(isCommand ? [{ kind: 'message' as const, text: failed }] : []),
    { kind: 'staff', text: failed },
  ];
}
