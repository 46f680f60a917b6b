import type { CallScope, TypebotApi } from './api';
import type { TypebotMessage } from './inputs/message';
import { isUnfitCommand, isUnfitMessage } from './refusal';

/** The first of a conversation, with what the bot is to know beforehand. */
export interface Opening {
  readonly message?: TypebotMessage;
  readonly prefilledVariables?: Readonly<Record<string, unknown>>;
  readonly resultId?: string | undefined;
  /** Nothing of the bot is run. */
  readonly isOnlyRegistering?: true;
}

export type CommandOutcome = { answer: unknown } | 'unknown';

/** The calls of a chat, in the form that the server understands. */
export interface Talk {
  start(opening: Opening, scope: CallScope): Promise<unknown>;
  say(sessionId: string, message: TypebotMessage, scope: CallScope): Promise<unknown>;
  command(sessionId: string, name: string, scope: CallScope): Promise<CommandOutcome>;
}

/** A release before 2.27 refuses a message that is not a bare text; found out once, it is remembered. */
export function createTalk(api: TypebotApi): Talk {
  let wantsBareText = false;

  function inForm(
    message: TypebotMessage | undefined,
    call: (form: string | TypebotMessage | undefined) => Promise<unknown>,
  ): Promise<unknown> {
    const bare = bareText(message);
    if (bare === undefined) return call(message);
    if (wantsBareText) return call(bare);
    return call(message).catch(async (error: unknown) => {
      if (!isUnfitMessage(error)) throw error;
      // The refusal came before anything was done with it.
      const answer = await call(bare);
      wantsBareText = true;
      return answer;
    });
  }

  return {
    start: ({ message, resultId, ...opening }, scope) =>
      inForm(message, (form) =>
        api.startChat(
          {
            ...opening,
            ...(form !== undefined && form !== null && { message: form }),
            ...(resultId !== undefined && { resultId }),
          },
          scope,
        ),
      ),
    say: (sessionId, message, scope) =>
      inForm(message, (form) => api.continueChat(sessionId, { message: form ?? null }, scope)),
    async command(sessionId, name, scope) {
      try {
        return {
          answer: await api.continueChat(sessionId, { message: { type: 'command', command: name } }, scope),
        };
      } catch (error) {
        if (isUnfitCommand(error)) return 'unknown';
        throw error;
      }
    },
  };
}

/** Such a server takes no files besides. */
function bareText(message: TypebotMessage | undefined): string | undefined {
  if (message === undefined || message === null || message.type !== 'text') return undefined;
  return message.attachedFileUrls === undefined ? message.text : undefined;
}
