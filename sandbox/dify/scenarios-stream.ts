import { flood, gzipBomb, pingsOnly, playPieces, silence } from './raw-answers';
import type { NamedPlan } from './scenario';
import {
  cutAndFinished,
  cutAndWaiting,
  endLost,
  endUntold,
  midway,
  pausing,
  slowTitle,
  without,
  type Reshape,
} from './scenario-steps';

const manyScripts = 'Привет, 世界! Grüße 👋🏽 и до встречи.';
const gone = {
  event: 'error',
  status: 404,
  code: 'not_found',
  message: 'Conversation Not Exists.',
};
const failure = {
  event: 'error',
  status: 400,
  code: 'invalid_param',
  message: 'Run failed: no such variable',
};

const pauseLost: Reshape = (steps, turn) =>
  midway({ kind: 'deafen' })(pausing([{}], 'when-heard')(steps, turn), turn);

/** How the stream travels, and how it breaks. */
export const streamScenarios = {
  'split-utf8': { answer: manyScripts, wire: { write: 1 } },
  crlf: { answer: manyScripts, wire: { newline: '\r\n' } },
  'crlf-split': { answer: manyScripts, wire: { newline: '\r\n', write: 1 } },
  cr: { answer: manyScripts, wire: { newline: '\r' } },
  'no-space': { wire: { spaceAfterColon: false } },
  'several-data-lines': { wire: { severalDataLines: true } },
  comments: { wire: { comments: true } },
  'byte-order-mark': { wire: { byteOrderMark: true } },
  pings: { wire: { pings: 'between' } },
  'broken-record': { steps: midway({ kind: 'text', text: 'data: {"event":"message","answer":"bro\n\n' }) },
  'done-marker': { steps: midway({ kind: 'text', text: 'data: [DONE]\n\n' }) },
  'one-byte-a-second': { wire: { write: 1, secondsPerWrite: 1 } },
  'started-missing': { steps: without('workflow_started') },
  'slow-title': { steps: slowTitle },
  'json-answer': { responseMode: 'json' },
  'stream-answer': { responseMode: 'stream' },
  'error-first': { pieces: [`data: ${JSON.stringify(failure)}\n\n`] },
  'conversation-lost-in-stream': { pieces: [`data: ${JSON.stringify(gone)}\n\n`] },
  'pings-only': { raw: pingsOnly },
  'half-open': { raw: silence },
  'message-end-lost': { steps: endLost('message_end') },
  'workflow-finished-lost': { steps: endLost('workflow_finished') },
  'end-lost': { steps: endLost('message_end', 'workflow_finished', 'error') },
  /** It waits for a form, and who listens hears neither of that nor of anything else. */
  'pause-lost': { steps: pauseLost },
  'end-untold': { steps: endUntold },
  /** Stops in mid-answer for good; only the stop endpoint ends it. */
  'never-ends': { steps: midway({ kind: 'hang' }) },
  'empty-stream': { raw: playPieces([]) },
  'cut-and-waiting': { steps: cutAndWaiting },
  'cut-and-finished': { steps: cutAndFinished },
  'endless-record': { raw: flood('stream') },
  'gzip-bomb-stream': { raw: gzipBomb('stream') },
} satisfies Record<string, NamedPlan>;
