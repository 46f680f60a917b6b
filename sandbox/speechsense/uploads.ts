import { createHash } from 'node:crypto';
import { at, textAt } from '../../lib/core/fields';
import { grpcStatus, SpeechSenseRefusal, type Fault } from './faults';
import { invalid, judgeAudio, judgeMessages, judgeMetadata, type Connections } from './rules';
import type { NewTalk, StoredTalk, TalkShelf } from './state';
import { momentOf, strike } from './strike';
import type { ServedCall } from './served-call';

export interface UploadDesk {
  readonly shelf: TalkShelf;
  readonly connections: Connections;
  readonly now: () => number;
  readonly keepsBytes: boolean;
}

/** The talk that a call brought, once all of it is there. */
type Made = Omit<NewTalk, 'method'>;

export async function takeStream(desk: UploadDesk, served: ServedCall): Promise<void> {
  const { call, record, method, fault } = served;
  if (await struckAt('start', served)) return;
  const hash = createHash('sha256');
  const what = method.name === 'UploadBadge' ? 'badge' : 'audio';
  let metadata: unknown;
  let audio: unknown;
  let size = 0;
  const madeSoFar = (): Made => {
    if (metadata === undefined || audio === undefined) throw invalid('the stream ended before the audio');
    const { connectionId, fields } = judgeMetadata(metadata, desk.connections, what);
    return { kind: 'audio', connectionId, fields, audio, size, sha256: hash.copy().digest('hex') };
  };

  for await (const bytes of call.messages()) {
    const message = method.decode(bytes);
    const chunk = at(message, 'audio', 'chunk', 'data');
    if (chunk === undefined || desk.keepsBytes) record.messages.push(message);
    if (metadata === undefined) {
      metadata = at(message, 'metadata');
      if (metadata === undefined) throw invalid('the first message must be the metadata');
      judgeMetadata(metadata, desk.connections, what);
      continue;
    }
    if (audio === undefined) {
      audio = judgeAudio(at(message, 'audio', 'audio_metadata'));
      continue;
    }
    if (!Buffer.isBuffer(chunk) || chunk.length === 0) throw invalid('a chunk without bytes');
    hash.update(chunk);
    size += chunk.length;
    record.chunkSizes.push(chunk.length);
    if (fault && momentOf(fault) === record.chunkSizes.length) {
      if (fault.early === true) return conclude(desk, served, madeSoFar());
      if (await strike(fault, call, record)) return;
    }
  }
  record.hasEnded = true;
  if (size === 0) throw invalid('there is no audio');
  await concludeAtEnd(desk, served, madeSoFar());
}

export async function takeAudio(desk: UploadDesk, served: ServedCall): Promise<void> {
  if (await struckAt('start', served)) return;
  const request = await wholeRequest(served);
  const talk = updated(desk, request, 'audio');
  if (talk) return answerWith(served, talk.id);
  const data = at(request, 'audio', 'audio_data', 'data');
  if (!Buffer.isBuffer(data) || data.length === 0) throw invalid('there is no audio');
  const audio = judgeAudio(at(request, 'audio', 'audio_metadata'));
  const { connectionId, fields } = judgeMetadata(at(request, 'metadata'), desk.connections, 'audio');
  const sha256 = createHash('sha256').update(data).digest('hex');
  await concludeAtEnd(desk, served, {
    kind: 'audio',
    connectionId,
    fields,
    audio,
    size: data.length,
    sha256,
  });
}

export async function takeText(desk: UploadDesk, served: ServedCall): Promise<void> {
  if (await struckAt('start', served)) return;
  const request = await wholeRequest(served);
  const talk = updated(desk, request, 'chat');
  if (talk) return answerWith(served, talk.id);
  const { connectionId, fields } = judgeMetadata(at(request, 'metadata'), desk.connections, 'chat');
  const messages = judgeMessages(at(request, 'text_content'), fields);
  await concludeAtEnd(desk, served, { kind: 'chat', connectionId, fields, messages });
}

export async function wholeRequest({ call, record, method }: ServedCall): Promise<object> {
  let request: object | undefined;
  for await (const bytes of call.messages()) {
    if (request) throw invalid('more than one message');
    request = method.decode(bytes);
    record.messages.push(request);
  }
  record.hasEnded = true;
  if (!request) throw invalid('no message');
  return request;
}

async function struckAt(moment: 'start', { fault, call, record }: ServedCall): Promise<boolean> {
  return fault !== undefined && momentOf(fault) === moment && (await strike(fault, call, record));
}

async function concludeAtEnd(desk: UploadDesk, served: ServedCall, made: Made): Promise<void> {
  const { fault, call, record } = served;
  if (fault?.keeps === true) {
    record.talkId = desk.shelf.add({ ...made, method: served.method.name }, desk.now()).id;
    if (await strike(fault, call, record)) return;
    return answerWith(served, record.talkId);
  }
  if (fault && momentOf(fault) === 'end' && (await strike(fault, call, record))) return;
  conclude(desk, served, made);
}

function conclude(desk: UploadDesk, served: ServedCall, made: Made): void {
  const talk = desk.shelf.add({ ...made, method: served.method.name }, desk.now());
  served.record.talkId = talk.id;
  if (served.method.name !== 'UploadBadge') return answerWith(served, talk.id, served.fault);
  served.answer({ id: `operation-${talk.id}`, done: false });
}

function answerWith(served: ServedCall, talkId: string, fault?: Fault): void {
  served.answer(fault?.nameless === true ? {} : { talk_id: talkId });
}

/** With a talk id, the keys of that talk are put in the place of what it had. */
function updated(desk: UploadDesk, request: object, kind: 'audio' | 'chat'): StoredTalk | undefined {
  const id = textAt(request, 'talk_id');
  if (id === undefined) return undefined;
  const talk = desk.shelf.find(id);
  if (!talk) throw new SpeechSenseRefusal(grpcStatus.notFound, `Talk ${id} not found`);
  const { fields } = judgeMetadata(at(request, 'metadata'), desk.connections, kind);
  talk.fields = fields;
  talk.modifiedAt = desk.now();
  return talk;
}
