import type { NodeAPI } from 'node-red';
import { systemClock } from '../../lib/core/clock';
import { InvalidError, toError } from '../../lib/core/errors';
import { at, textAt } from '../../lib/core/fields';
import { saysOneOf } from '../../lib/core/said-word';
import { dialogTemplate, namesOfDialog } from '../../lib/conversation/session/dialog-names';
import { createIdleWatch, type IdleWatch } from '../../lib/conversation/session/idle-watch';
import { createSessions, sessionKeyTemplate, type Session } from '../../lib/conversation/session/sessions';
import type { StoreSource } from '../../lib/store/store';
import { storeOfBot } from '../runtime/bot/store-of-bot';
import { defineNode } from '../runtime/define-node';
import type { Message, Shell } from '../runtime/shell';
import { idleMessage, memoOf } from './idle-message';

const operations = ['load', 'save', 'delete', 'touch'] as const;

export = function register(RED: NodeAPI): void {
  defineNode(RED, {
    type: 'session-store',
    start(shell) {
      const { settings } = shell;
      const store = storeOfBot(RED, shell);
      const operation = settings.choice('operation', operations);
      const ttlMs = settings.number('ttlSeconds', 86_400, { min: 1, max: 315_360_000 }) * 1000;
      const sliding = settings.flag('sliding', true);
      const sessions = createSessions(store.source, { ttlMs, sliding });
      const template = settings.text('key', sessionKeyTemplate);
      const keyOf = dialogTemplate(template, 'key', { keyPrefix: store.keyPrefix });
      const resetWords = settings.list('resetWords', []);
      const output = settings.text('output', 'msg.session').replace(/^msg\./, '');
      const readValue = shell.typed('value', 'session.id');
      const idle = watchIdle(shell, store.source);

      async function forget(key: string): Promise<Session> {
        await idle?.forget(key);
        await sessions.forget(key);
        return { key, id: undefined, startedAt: undefined, state: undefined };
      }

      /** Gives a session that slides its whole time again. */
      async function load(key: string): Promise<Session> {
        const session = await sessions.load(key);
        await sessions.keep(session, session);
        return session;
      }

      /** What the flow has made of it. A conversation that has come to its end has no id. */
      async function save(key: string, message: Message): Promise<Session> {
        const before = await sessions.load(key);
        const id = await readValue(message);
        if (id !== undefined && typeof id !== 'string') throw noText();
        const state = at(RED.util.getMessageProperty(message, output), 'state');
        const named = { ...before, state };
        const session = id ? sessions.withId(named, id) : { ...named, id: undefined, startedAt: undefined };
        await sessions.keep(before, session);
        return session;
      }

      function operate(message: Message, key: string): Promise<Session> {
        if (operation === 'delete') return forget(key);
        return operation === 'save' ? save(key, message) : load(key);
      }

      function describe({ key, id, startedAt, state }: Session): Record<string, unknown> {
        const leftMs = sliding ? ttlMs : Date.parse(startedAt ?? '') + ttlMs - Date.now();
        return {
          key,
          id,
          isNew: id === undefined,
          ...(startedAt !== undefined && { startedAt }),
          ...(state !== undefined && { state }),
          ...(id !== undefined && leftMs >= 0 && { ttlSeconds: Math.round(leftMs / 1000) }),
        };
      }

      return {
        async onMessage(message, { emit }) {
          const key = keyOf(namesOfDialog(message.bitrix));
          if (key === undefined) throw noDialog();
          const said = textAt(message.bitrix, 'text') ?? textAt(message, 'payload') ?? '';
          const isReset = saysOneOf(said, resetWords);
          const session = isReset ? await forget(key) : await operate(message, key);
          const told = { ...describe(session), ...(isReset && { isReset }) };
          RED.util.setMessageProperty(message, output, told, true);
          const isOver = isReset || operation === 'delete';
          if (!isOver) await idle?.heard(key, memoOf(message, told));
          emit([message, null]);
        },
      };
    },
  });
};

/** The second output speaks by itself when nobody else does. */
function watchIdle(shell: Shell, store: StoreSource): IdleWatch | undefined {
  const idleMs = shell.settings.number('idleMinutes', 0) * 60_000;
  if (idleMs === 0) return undefined;
  const onTrouble = (error: unknown): void => {
    // A store that closes with the node is nothing to mend.
    if (!shell.signal.aborted) shell.warn(toError(error));
  };
  const watch = createIdleWatch({
    store,
    owner: shell.id,
    idleMs,
    clock: systemClock,
    onIdle: (memo) => shell.emit([null, idleMessage(memo)]),
    onTrouble,
  });
  shell.onClose(() => watch.close());
  watch.open().catch(onTrouble);
  return watch;
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
