import { InvalidError } from '../../core/errors';

/** What came in the place of an event's body. */
export function malformed(message: string): InvalidError {
  return new InvalidError('INPUT_INVALID', message, { params: { what: 'event' } });
}
