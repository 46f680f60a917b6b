import { startTimer, systemClock, type Clock } from '../../core/clock';
import { CancelledError, toError } from '../../core/errors';
import { onAbort } from '../../core/unless-aborted';
import type { EventFile } from '../events/event';
import { LARGEST_FILE_BYTES } from './file-http';
import { extensionOf } from './file-name';
import { askDrive, askForLink, receive, type FileAccess } from './portal-file';
import { viewerTypeOf } from './viewer-type';

export interface DescribeOptions extends FileAccess {
  /** For all files together. */
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Told why a file has no name. */
  readonly onUnknown?: ((fileId: number, error: unknown) => void) | undefined;
}

const usualTimeoutMs = 5000;
const mostAtOnce = 4;

/**
 * The files of an event with their names, kinds and sizes. Events of the second generation bring ids alone; those of
 * the first bring everything, and then nobody is asked. What cannot be learnt in time is left out; rejects only when
 * the signal comes.
 */
export async function describeFiles(
  files: readonly EventFile[],
  options: DescribeOptions,
): Promise<EventFile[]> {
  const { signal, timeoutMs = usualTimeoutMs, clock = systemClock } = options;
  if (signal?.aborted) throw new CancelledError();
  if (files.every(isNamed)) return [...files];
  const stop = new AbortController();
  const stopTimer = startTimer(clock, timeoutMs, () => stop.abort());
  const stopListening = onAbort(signal, () => stop.abort());
  const described = [...files];
  const left = [...files.entries()].filter(([, file]) => !isNamed(file));
  const describeNext = async (): Promise<void> => {
    for (let next = left.shift(); next && !stop.signal.aborted; next = left.shift()) {
      const [place, file] = next;
      described[place] = await describe(file, { ...options, signal: stop.signal });
    }
  };
  try {
    await Promise.all(Array.from({ length: mostAtOnce }, describeNext));
  } finally {
    stopTimer();
    stopListening();
  }
  if (signal?.aborted) throw new CancelledError();
  return described;
}

function isNamed({ name }: EventFile): boolean {
  return name !== undefined;
}

async function describe(file: EventFile, options: DescribeOptions): Promise<EventFile> {
  const byLink = await describeByLink(file.id, options);
  if (byLink instanceof Error || byLink.name === undefined) {
    const byDrive = await describeByDrive(file.id, options);
    if (!(byDrive instanceof Error)) return withFacts(file, { ...known(byLink), ...byDrive });
    options.onUnknown?.(file.id, byLink instanceof Error ? byLink : byDrive);
  }
  return withFacts(file, known(byLink));
}

interface Facts {
  name?: string | undefined;
  mime?: string | undefined;
  size?: number | undefined;
}

/** The link is good once, so there is no asking for the head alone: the answer is left as soon as its head is there. */
async function describeByLink(fileId: number, options: DescribeOptions): Promise<Facts | Error> {
  return outcomeOf(async () => {
    const { body, ...facts } = await receive(await askForLink(fileId, options), options, LARGEST_FILE_BYTES);
    body.destroy();
    return facts;
  });
}

async function describeByDrive(fileId: number, options: DescribeOptions): Promise<Facts | Error> {
  return outcomeOf(async () => {
    const { name, size } = await askDrive(fileId, options);
    return { name, ...(size !== undefined && { size }) };
  });
}

async function outcomeOf(work: () => Promise<Facts>): Promise<Facts | Error> {
  try {
    return await work();
  } catch (error) {
    return toError(error);
  }
}

function known(facts: Facts | Error): Facts {
  return facts instanceof Error ? {} : facts;
}

/** What the event itself said counts for more. */
function withFacts(file: EventFile, { name, mime, size }: Facts): EventFile {
  const type = viewerTypeOf(mime, name);
  const extension = name === undefined ? undefined : extensionOf(name);
  return {
    ...(name !== undefined && { name }),
    ...(type !== undefined && { type }),
    ...(size !== undefined && { size }),
    ...(extension !== undefined && { extension }),
    ...file,
  };
}
