import { at, textAt } from '../core/fields';
import { readMessage } from './definitions';

const badgeMessage = 'yandex.cloud.speechsense.v1.UploadBadgeMetadata';

/** From the metadata of the operation, a message packed into a message; undefined where the service gave none. */
export function badgeIdOf(operation: object): string | undefined {
  const type = textAt(operation, 'metadata', 'type_url');
  const packed = at(operation, 'metadata', 'value');
  if (type?.endsWith(`/${badgeMessage}`) !== true || !Buffer.isBuffer(packed)) return undefined;
  const read = readMessage(badgeMessage, packed);
  return read && textAt(read, 'badge_id');
}
