import { isAbsolute, resolve } from 'node:path';
import type { NodeAPI } from 'node-red';
import { InvalidError } from '../../lib/core/errors';
import { textAt } from '../../lib/core/fields';
import { readCall, type CallRow } from '../../lib/bitrix24/calls/call';
import {
  createProviderHttp,
  LARGEST_RECORDING_BYTES,
  openCallRecording,
} from '../../lib/bitrix24/calls/recording';
import { removeOldTempFiles } from '../../lib/bitrix24/files/temp-file';
import { portalKind } from '../runtime/kinds';
import type { Message, Shell } from '../runtime/shell';
import type { AudioInput } from './audio-input';
import { portalOfCall } from './call-portal';
import { recordingOfStream } from './put-aside';
import { recordingAtAddress, recordingAtPath, recordingOfBytes, type Recording } from './recordings';

export type FindRecording = (input: AudioInput, message: Message, signal: AbortSignal) => Recording;

const DAY_MS = 24 * 60 * 60_000;

/** From what a flow says of a recording to something that can be opened. Nothing is fetched yet. */
export function createRecordingFinder(RED: NodeAPI, shell: Shell): FindRecording {
  const allowPrivateNetwork = shell.settings.flag('allowPrivateNetwork', false);
  const chosen = shell.useOptional(portalKind, 'portal');
  const http = createProviderHttp({ allowPrivateNetwork });
  shell.onClose(() => http.close());
  removeOldTempFiles(DAY_MS).catch(() => undefined);

  function ofCall(row: CallRow, message: Message): Recording {
    const call = readCall(row);
    if (!call)
      throw new InvalidError('INPUT_INVALID', 'the row of the call has no ID', { params: { what: 'ID' } });
    return {
      open(signal) {
        const { hub, portal } = portalOfCall(RED, chosen, message.call);
        const access = { portal, http: hub.fileHttp(portal.origin), providerHttp: http, signal };
        return openCallRecording(call, { ...access, maxBytes: LARGEST_RECORDING_BYTES });
      },
      isAtHand: false,
      release: () => Promise.resolve(),
    };
  }

  return (input, message, signal) => {
    switch (input.kind) {
      case 'call':
        return ofCall(input.row, message);
      case 'bytes':
        return recordingOfBytes(input.bytes);
      case 'path':
        return recordingAtPath(fullPath(RED, input.path));
      case 'link':
        return recordingAtAddress(input.address, http);
      case 'stream':
        return recordingOfStream(input.stream, { signal });
    }
  };
}

/** As Node-RED's own file nodes read a path. */
function fullPath(RED: NodeAPI, path: string): string {
  const folder = textAt(RED.settings, 'fileWorkingDirectory');
  return folder === undefined || isAbsolute(path) ? path : resolve(folder, path);
}
