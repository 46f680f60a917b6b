import type { AudioRules } from './audio/rules';
import { uploadOnce } from './once';
import type { RecordingSource } from './recording-reader';
import { sendAudio, type SentAudio } from './send-audio';
import { fitFields } from './talk-fields';
import {
  factsOf,
  oneUpload,
  requestIdOf,
  uploaded,
  type SentFacts,
  type Uploaded,
  type UploadOptions,
  type UploadParts,
} from './upload';

export interface BadgeUploadOptions extends Omit<UploadOptions, 'searchBy'> {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly rules?: Pick<AudioRules, 'convertToLpcm' | 'longestSeconds'> | undefined;
}

export interface UploadedBadge extends Uploaded, SentFacts {
  /** The work of splitting, which goes on in the service. */
  readonly operationId: string;
  readonly badgeId?: string;
}

/** One recording that the service splits into talks. No search finds it, so after an unclear outcome it is held. */
export async function uploadBadge(
  parts: UploadParts,
  source: RecordingSource,
  options: BadgeUploadOptions,
): Promise<UploadedBadge> {
  const { caller, limits, place, language } = parts;
  const { key, signal, rules } = options;
  const fitted = fitFields(options.fields, { kind: 'badge', language });
  const requestId = requestIdOf(parts, options);
  let sent: SentAudio | undefined;

  const outcome = await uploadOnce(parts, {
    ...oneUpload(options, fitted, requestId),
    mark: undefined,
    method: () => 'UploadBadge',
    sent: fitted.fields,
    async send(handOver) {
      sent = await sendAudio({
        ...{ caller, limits, source, requestId, signal, handOver },
        ...{ method: 'stream', streamMethod: 'UploadBadge', containers: ['wav', 'mp3'] },
        // Such a connection has one channel, so none is on the wrong side.
        rules: { mono: 'allow', convertToLpcm: rules?.convertToLpcm, longestSeconds: rules?.longestSeconds },
        metadata: { connection_id: place.connectionId, fields: fitted.fields },
      });
      return sent;
    },
  });
  const { talkId: operationId, badgeId } = outcome;
  return {
    operationId,
    ...(badgeId !== undefined && { badgeId }),
    ...uploaded(parts, key, fitted, outcome),
    ...factsOf(sent),
  };
}
