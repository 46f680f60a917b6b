import { pipeline, Transform } from 'node:stream';
import type { RecordingSource } from '../../lib/speechsense/recording-reader';

/** How far the uploads of a node are, as a few words for its status. */
export interface ProgressBoard {
  /** The same recording, and the status follows as it is read. */
  follow(source: RecordingSource): RecordingSource;
  /** Nothing of this recording is under way any more. */
  end(source: RecordingSource): void;
}

interface Track {
  read: number;
  total: number | undefined;
}

const megabyte = 1024 * 1024;

export function createProgressBoard(
  show: (text: string) => void,
  megabytes: (count: number) => string,
): ProgressBoard {
  const tracks = new Map<RecordingSource, Track>();

  function tell(): void {
    const [read, total] = [...tracks.values()].reduce<[number, number | undefined]>(
      ([allRead, all], track) => [
        allRead + track.read,
        all === undefined || track.total === undefined ? undefined : all + track.total,
      ],
      [0, 0],
    );
    const much = total ? `${Math.min(Math.floor((100 * read) / total), 100)} %` : megabytes(read / megabyte);
    show(tracks.size > 1 ? `${much} (${tracks.size})` : much);
  }

  return {
    follow: (source) =>
      async function followed(signal) {
        const { stream, bytes } = await source(signal);
        const track: Track = { read: 0, total: bytes };
        tracks.set(source, track);
        const counter = new Transform({
          transform(piece: Uint8Array, _encoding, done) {
            track.read += piece.length;
            if (tracks.get(source) === track) tell();
            done(null, piece);
          },
        });
        // The reader of the counter learns of every failure by itself.
        pipeline(stream, counter, () => undefined);
        return { stream: counter, bytes };
      },
    end: (source) => void tracks.delete(source),
  };
}
