import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../../lib/core/errors';
import type { SpeechSenseClient, TalkUploads } from '../../../lib/speechsense/client';
import { createUploadRecords } from '../../../lib/speechsense/records';
import type { ConnectionKind } from '../../../lib/speechsense/talk-fields';
import { speechsenseKind } from '../kinds';
import type { Shell } from '../shell';
import { storeOfNode } from '../store-of-node';
import { showHeldUploads } from './held-part';

export interface UploadsOfNode extends TalkUploads {
  readonly client: SpeechSenseClient;
}

/** Uploads to the node's connection; what was sent is remembered in the store that the node names. */
export function uploadsOfNode(RED: NodeAPI, shell: Shell, kind: ConnectionKind): UploadsOfNode {
  const client = shell.use(speechsenseKind, 'connection');
  const { connectionId } = client;
  if (client.kind !== kind) {
    throw new InvalidError('CONFIG_INVALID', `the connection is of the kind ${client.kind}, not ${kind}`, {
      params: { property: 'connection', expected: shell.translate(`bitlane.connectionKind.${kind}`) },
    });
  }
  const { source } = storeOfNode(RED, shell);
  const records = createUploadRecords({ store: source, connectionId });
  const id = shell.settings.text('connection');
  const storeId = shell.settings.text('store');
  const name = RED.nodes.getNode(id)?.name ?? '';
  shell.onClose(showHeldUploads({ id, name, connectionId, storeId }, records));
  return { client, ...client.uploads(records) };
}
