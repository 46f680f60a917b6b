import type { Readable } from 'node:stream';
import { textAt } from '../../lib/core/fields';
import { readCall, type CallRow } from '../../lib/bitrix24/calls/call';
import { closeUnread, ignoreFailure } from '../../lib/speechsense/watched-source';
import { callFields } from '../../lib/sync/call-fields';
import { againAfterDeploy } from '../runtime/bot/again-after-deploy';
import { flowsPhaseOf } from '../runtime/flows-phase';
import type { StartNode } from '../runtime/register-node';
import type { Message, Shell } from '../runtime/shell';
import {
  metadataOf,
  updateTalkOf,
  warnOfNotes,
  type TalkMetadata,
} from '../runtime/speechsense/talk-message';
import { uploadsOfNode } from '../runtime/speechsense/uploads-of-node';
import { callRowIn, isStream, readAudioInput, type AudioInput } from './audio-input';
import { propertyOf } from './property-of';
import { createRecordingFinder } from './recording-finder';
import { createTalkUpload } from './talk-upload';
import { fieldsRulesIn } from './upload-settings';

export const start: StartNode = (RED, shell) => {
  const uploads = uploadsOfNode(RED, shell, 'audio');
  const { client } = uploads;
  const upload = createTalkUpload(shell, uploads);
  const find = createRecordingFinder(RED, shell);
  const fieldsRules = fieldsRulesIn(shell.settings);
  const audio = audioSetting(shell);
  const phase = flowsPhaseOf(RED);

  /** What the message says itself lies over the call's mapping. */
  function over(row: CallRow | undefined, given: TalkMetadata, message: Message): TalkMetadata {
    const { call } = message;
    const names = { operator: textAt(call, 'operator', 'name'), client: textAt(call, 'client', 'name') };
    const read = (path: string): unknown => propertyOf(RED, message, path);
    const mapped = callFields({ row, names, read }, fieldsRules);
    return { ...given, fields: { ...mapped, ...given.fields } };
  }

  async function uploadFrom(
    input: AudioInput,
    given: TalkMetadata,
    message: Message,
    signal: AbortSignal,
  ): Promise<void> {
    const row = input.kind === 'call' ? input.row : callRowIn(message.payload);
    const recording = find(input, message, signal);
    try {
      const { fields } = over(row, given, message);
      const callId = row && readCall(row)?.callId;
      const talk = { message, recording, fields, callId, signal };
      await againAfterDeploy(() => upload(talk), phase, signal);
    } finally {
      await recording.release();
    }
  }

  async function makeOrChange(value: unknown, message: Message, signal: AbortSignal): Promise<void> {
    const given = metadataOf(message, message.metadata, client.connectionId);
    if (given.talkId === undefined) {
      return uploadFrom(readAudioInput(value, audio.name), given, message, signal);
    }
    const talk = over(callRowIn(value) ?? callRowIn(message.payload), given, message);
    warnOfNotes(shell, { notes: await updateTalkOf(client, message, talk, signal) });
  }

  /** Read or not: whoever copied the message would copy what is left of a stream. */
  function useUp(stream: Readable, message: Message): void {
    closeUnread(stream);
    audio.drop(message);
  }

  return {
    async onMessage(message, { emit, signal }) {
      const value = await audio.read(message);
      if (isStream(value)) ignoreFailure(value);
      try {
        await makeOrChange(value, message, signal);
      } finally {
        if (isStream(value)) useUp(value, message);
      }
      emit(message);
    },
  };

  function audioSetting({ settings }: Shell) {
    const name = settings.verbatim('audio', 'payload');
    const type = settings.text('audioType', 'msg');
    return {
      // Of a text or an expression, what is written there is not repeated.
      name: ['msg', 'flow', 'global'].includes(type) ? `${type}.${name}` : 'audio',
      read: shell.typed('audio', 'payload'),
      drop(message: Message): void {
        if (type === 'msg') RED.util.setMessageProperty(message, name, undefined);
      },
    };
  }
};
