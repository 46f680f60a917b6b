import { toError } from '../../../lib/core/errors';
import type { Message, Shell } from '../shell';
import { plainText } from './given-values';

/** What a node needs to read its `failureText`. */
export type FailureTextShell = Pick<Shell, 'settings' | 'typed' | 'warn'>;

/**
 * The sentence for whoever asked, from the pair `failureText` and `failureTextType`. One that cannot be read is a
 * warning and no sentence: it is wanted when something has failed already, which must not get lost behind it.
 */
export function readFailureText(shell: FailureTextShell): (message: Message) => Promise<string> {
  const { settings, typed, warn } = shell;
  // A node that is older than the choice has a plain text, and no type.
  if (settings.text('failureTextType', 'str') === 'str') {
    const plain = settings.text('failureText');
    return () => Promise.resolve(plain);
  }
  const read = typed('failureText', '');
  return async (message) => {
    try {
      return plainText(await read(message)).trim();
    } catch (error) {
      warn(toError(error));
      return '';
    }
  };
}
