import { randomUUID } from 'node:crypto';
import type { Citation } from './answer';
import type { Step, StreamEvent } from './scenario';

export function event(name: string, fields: Readonly<Record<string, unknown>> = {}): Step {
  return { kind: 'event', event: { ...fields, event: name } };
}

export function runError(message: string, code = 'invalid_param', status = 400): Step {
  return event('error', { status, code, message });
}

export function nodeStarted(type: string, index: number, inputs: unknown): Step {
  return event('node_started', { data: { ...nodeFace(type, index), inputs, predecessor_node_id: null } });
}

export function nodeFinished(type: string, index: number, fields: Readonly<Record<string, unknown>>): Step {
  const execution = { total_tokens: 12, total_price: '0.0000120', currency: 'USD' };
  const usual = { process_data: null, outputs: {}, status: 'succeeded', error: null, elapsed_time: 0.1 };
  return event('node_finished', {
    data: { ...nodeFace(type, index), ...usual, execution_metadata: execution, files: [], ...fields },
  });
}

function nodeFace(type: string, index: number): Record<string, unknown> {
  return { id: `${type}-${index}`, node_id: type, node_type: type, title: type.toUpperCase(), index };
}

export function retrieverResource({ position, document_name, content, score }: Citation): unknown {
  return {
    position,
    dataset_id: randomUUID(),
    dataset_name: 'Handbook',
    document_id: randomUUID(),
    document_name,
    data_source_type: 'upload_file',
    segment_id: randomUUID(),
    score,
    hit_count: 1,
    word_count: content.length,
    segment_position: position,
    index_node_hash: randomUUID(),
    content,
  };
}

/** Prices are texts, counts are numbers. */
export function usageOf(pieces: number): Record<string, unknown> {
  const price = { prompt_unit_price: '0.001', prompt_price_unit: '0.001', prompt_price: '0.0000120' };
  const answerPrice = {
    completion_unit_price: '0.002',
    completion_price_unit: '0.001',
    completion_price: (pieces * 0.000002).toFixed(7),
  };
  return {
    prompt_tokens: 12,
    ...price,
    completion_tokens: pieces,
    ...answerPrice,
    total_tokens: 12 + pieces,
    total_price: (0.000012 + pieces * 0.000002).toFixed(7),
    currency: 'USD',
    latency: 0.25,
  };
}

/** Whatever ends a run, for scenarios that change or leave out its end. */
export function isEnd(step: Step): boolean {
  return (step.kind === 'event' || step.kind === 'unheard') && endNames.includes(step.event.event);
}

const endNames = ['message_end', 'workflow_finished', 'error'];

/** A piece of the answer's text. */
export function isText(step: Step): boolean {
  return step.kind === 'event' && textNames.includes(step.event.event);
}

const textNames = ['message', 'agent_message', 'text_chunk'];

export function named(
  step: Step,
  ...names: readonly string[]
): step is { kind: 'event'; event: StreamEvent } {
  return step.kind === 'event' && names.includes(step.event.event);
}
