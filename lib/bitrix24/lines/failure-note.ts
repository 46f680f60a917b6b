import { errorCodes } from '../../core/errors';

/**
 * What the staff reads when a bot has failed and a person is called, in the language of the portal. Nothing for a
 * reason that is no failure of a bot.
 */
export function failureNote(reason: string | undefined, language: string): string | undefined {
  const code = errorCodes.find((one) => one === reason);
  if (code === undefined) return undefined;
  return /^\s*ru(?![a-z])/i.test(language)
    ? `Бот не смог ответить (${code}). Ответьте, пожалуйста, клиенту: его последнее сообщение ждёт ответа.`
    : `The bot could not answer (${code}). Please answer the client: the last message is waiting for an answer.`;
}
