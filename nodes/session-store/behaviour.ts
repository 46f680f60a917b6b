import type { NodeAPI } from 'node-red';
import { InvalidError, toError } from '../../lib/core/errors';
import { at, entriesAt, textAt } from '../../lib/core/fields';
import { saysOneOf } from '../../lib/core/said-word';
import { dialogTemplate, namesOfDialog } from '../../lib/conversation/session/dialog-names';
import { sessionKeyTemplate } from '../../lib/conversation/session/sessions';
import { storeOfNode } from '../runtime/store-of-node';
import type { Message } from '../runtime/shell';
import type { StartNode } from '../runtime/register-node';
import { memoOf } from './idle-message';
import { createSessionWork, type ToldSession } from './session-work';
import { endSilence, watchSilence } from './silence';

const operations = ['load', 'save', 'delete', 'touch'] as const;

export const start: StartNode = (RED, shell) => {
  const { settings } = shell;
  const store = storeOfNode(RED, shell);
  const operation = settings.choice('operation', operations);
  const ttlMs = settings.number('ttlSeconds', 86_400, { min: 1, max: 315_360_000 }) * 1000;
  const work = createSessionWork(store.source, { ttlMs, sliding: settings.flag('sliding', true) });
  const template = settings.text('key', sessionKeyTemplate);
  const keyOf = dialogTemplate(template, 'key', { keyPrefix: store.keyPrefix });
  const resetWords = settings.list('resetWords', []);
  const output = settings.text('output', 'msg.session').replace(/^msg\./, '');
  const outputPath = pathOf(RED, output);
  const readValue = shell.typed('value', 'session.id');
  const silence = watchSilence(shell, store.source);

  async function save(key: string, message: Message, signal: AbortSignal): Promise<ToldSession> {
    const id = (await readValue(message)) ?? '';
    if (typeof id !== 'string') throw noText();
    return work.save(key, { id, state: at(message, ...outputPath, 'state') }, signal);
  }

  async function forget(key: string, signal: AbortSignal): Promise<ToldSession> {
    await endSilence(key);
    return work.forget(key, signal);
  }

  function operate(message: Message, key: string, signal: AbortSignal): Promise<ToldSession> {
    switch (operation) {
      case 'load':
        return work.load(key, signal);
      case 'save':
        return save(key, message, signal);
      case 'delete':
        return forget(key, signal);
      case 'touch':
        return work.touch(key, signal);
    }
  }

  /** A bot that has come to its end leaves no id to keep. */
  function isOver({ id }: ToldSession): boolean {
    return operation === 'delete' || (operation === 'save' && id === undefined);
  }

  return {
    async onMessage(message, { emit, signal }) {
      const key = keyOf(namesOfDialog(message.bitrix));
      if (key === undefined) throw noDialog();
      const isReset = textsOf(message).some((text) => saysOneOf(text, resetWords));
      if (isReset) await forget(key, signal);
      const session = await operate(message, key, signal);
      const told = { ...session, ...(isReset && { isReset }) };
      RED.util.setMessageProperty(message, output, told, true);
      if (isOver(session)) await endSilence(key);
      else await silence?.heard(key, memoOf(message, told));
      emit([message, null]);
    },
  };
};

/** A word among quick messages that were joined is one as well. */
function textsOf(message: Message): string[] {
  const batched = entriesAt(message.bitrix, 'batch').map((one) => textAt(one, 'message') ?? '');
  return [...batched, textAt(message.bitrix, 'text') ?? textAt(message, 'payload') ?? ''];
}

/** The steps from the message to its property. */
function pathOf(RED: NodeAPI, output: string): string[] {
  try {
    return RED.util.normalisePropertyExpression(output).map(String);
  } catch (thrown) {
    throw new InvalidError('CONFIG_INVALID', 'output is no property of a message', {
      cause: toError(thrown),
      params: { property: 'output', expected: 'msg.session', why: 'messageProperty' },
    });
  }
}

function noDialog(): InvalidError {
  return new InvalidError('INPUT_INVALID', 'the message belongs to no dialog', {
    params: { what: 'msg.bitrix' },
  });
}

function noText(): InvalidError {
  return new InvalidError('INPUT_INVALID', 'the id to keep is no text', {
    params: { what: 'msg.session.id' },
  });
}
