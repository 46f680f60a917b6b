import assert from 'node:assert/strict';
import type { NodeAPI, NodeInitializer } from 'node-red';
import helper, { type TestFlowsItem } from 'node-red-node-test-helper';
import { at, keysAt, textAt } from '../../lib/core/fields';
import { RefusedError } from '../../lib/core/errors';
import { configKind } from '../../nodes/runtime/config-kind';
import { defineNode, type Behaviour } from '../../nodes/runtime/define-node';
import { overview } from '../../nodes/runtime/overview';
import type { Message, Shell } from '../../nodes/runtime/shell';
import { createStatusBoard } from '../../nodes/runtime/status';
import { until } from '../support/until';

const kind = configKind<{ word: string }>('probe-config');

/** A node whose behaviour each test writes for itself. */
function probe(start: (shell: Shell) => Behaviour): NodeInitializer {
  return (RED: NodeAPI) => {
    RED.events.removeListener('node-status', noteStatus).on('node-status', noteStatus);
    defineNode(RED, { type: 'probe', credentials: { key: { type: 'password' } }, start });
  };
}

/** Fill, shape and text of what the editors were told of the probe since it was loaded. */
const statuses: string[] = [];
function noteStatus(event: unknown): void {
  const text = textAt(event, 'status', 'text');
  if (textAt(event, 'id') !== 'node' || text === undefined) return;
  statuses.push(`${textAt(event, 'status', 'fill')} ${textAt(event, 'status', 'shape')} ${text}`);
}

/** A board of our own, begun now, has sent what it held back: every node that began earlier has done so too. */
async function heldBackStatuses(): Promise<void> {
  const shown: unknown[] = [];
  const board = createStatusBoard({ status: (state) => void shown.push(state) });
  board.show('working');
  board.show('ready');
  await until(() => shown.length === 2, 'the status that was held back');
  board.close();
}

const probeConfig: NodeInitializer = (RED) =>
  defineNode(RED, {
    type: 'probe-config',
    start(shell) {
      shell.offer(kind, { word: shell.settings.required('word') });
      return {};
    },
  });

interface FlowItem extends TestFlowsItem {
  scope?: string[] | null;
  uncaught?: boolean;
  word?: string;
}

const flow = (properties: object = {}): FlowItem[] => [
  { id: 'flow-1', type: 'tab' },
  { id: 'node', type: 'probe', z: 'flow-1', wires: [['out']], ...properties },
  { id: 'catcher', type: 'catch', z: 'flow-1', scope: null, uncaught: false, wires: [['caught']] },
  { id: 'watcher', type: 'complete', z: 'flow-1', scope: ['node'], wires: [['completed']] },
  { id: 'out', type: 'helper', z: 'flow-1' },
  { id: 'caught', type: 'helper', z: 'flow-1' },
  { id: 'completed', type: 'helper', z: 'flow-1' },
];

interface Seen {
  out: Message[];
  caught: Message[];
  completed: Message[];
  /** Comes true, or the test's own time limit ends it. */
  until(condition: () => boolean): Promise<void>;
}

async function load(
  start: (shell: Shell) => Behaviour,
  properties?: object,
  extra: FlowItem[] = [],
): Promise<Seen> {
  const seen: Omit<Seen, 'until'> = { out: [], caught: [], completed: [] };
  statuses.length = 0;
  await helper.load([probe(start), probeConfig], [...flow(properties), ...extra], {
    node: { key: 'marker-secret-1' },
  });
  for (const name of ['out', 'caught', 'completed'] as const) {
    helper.getNode(name).on('input', (message) => void seen[name].push(message));
  }
  return {
    ...seen,
    until: (condition) => until(condition, 'the flow'),
  };
}

const errorOf = (message: Message | undefined): { message: unknown; code: unknown } => ({
  message: at(message, 'error', 'message'),
  code: at(message, 'error', 'code'),
});
/** What a careless library does. */
const refuse = (reason: unknown): Promise<never> =>
  new Promise((_, reject) => Reflect.apply(reject, undefined, [reason]));
/** What the log was told of the probe as an error. */
const loggedErrors = (): unknown[] =>
  helper
    .log()
    .args.map(([entry]: unknown[]) => entry)
    .filter((entry: unknown) => at(entry, 'id') === 'node' && at(entry, 'level') === 20)
    .map((entry: unknown) => at(entry, 'msg', 'message') ?? at(entry, 'msg'));
const say = (payload: unknown): void => helper.getNode('node').receive({ payload, keep: 'me' });

describe('a node made by defineNode', () => {
  before(() => {
    helper.init(require.resolve('node-red'));
    return helper.startServer();
  });
  after(() => helper.stopServer());
  afterEach(() => helper.unload());

  it('passes the very message on, with everything that was on it, and completes once', async () => {
    const seen = await load(() => ({
      async onMessage(message, { emit }) {
        message.payload = 'changed';
        emit(message);
      },
    }));
    say('x');
    await seen.until(() => seen.completed.length > 0 && seen.out.length > 0);
    assert.equal(seen.out[0]?.payload, 'changed');
    assert.equal(seen.out[0]?.keep, 'me');
    assert.equal(seen.completed.length, 1);
    assert.equal(seen.caught.length, 0);
  });

  for (const [how, onMessage] of [
    [
      'throws at once',
      () => {
        throw new RefusedError('BITRIX_REFUSED', 'no');
      },
    ],
    ['rejects', () => Promise.reject(new RefusedError('BITRIX_REFUSED', 'no'))],
    [
      'rejects later',
      async () => {
        await new Promise((resolve) => setImmediate(resolve));
        throw new RefusedError('BITRIX_REFUSED', 'no');
      },
    ],
  ] as [string, () => Promise<void>][]) {
    it(`hands an error to the Catch node when it ${how}`, async () => {
      const seen = await load(() => ({ onMessage }));
      say('x');
      await seen.until(() => seen.caught.length > 0);
      assert.equal(errorOf(seen.caught[0]).code, 'BITRIX_REFUSED');
      assert.equal(seen.caught[0]?.keep, 'me');
      assert.equal(seen.completed.length, 0);
    });
  }

  it('survives what is no error at all', async () => {
    const seen = await load(() => ({ onMessage: () => refuse(undefined) }));
    say('x');
    await seen.until(() => seen.caught.length > 0);
    assert.equal(errorOf(seen.caught[0]).code, 'INTERNAL');
  });

  it('shows a failure that the flow goes on with, which is no error of the message', async () => {
    const seen = await load(() => ({
      async onMessage(message, { emit }) {
        emit(message);
        return new RefusedError('BITRIX_REFUSED', 'no');
      },
    }));
    say('x');
    await seen.until(() => seen.completed.length > 0);
    await heldBackStatuses();
    assert.equal(seen.out.length, 1);
    assert.equal(seen.caught.length, 0);
    assert.deepEqual(loggedErrors(), []);
    assert.equal(statuses.at(-1), 'red ring bitlane.brief.BITRIX_REFUSED');
  });

  it('sends nothing after it has ended', async () => {
    let late: (() => void) | undefined;
    const seen = await load(() => ({
      async onMessage(message, { emit }) {
        late = () => emit(message);
      },
    }));
    say('x');
    await seen.until(() => seen.completed.length > 0);
    late?.();
    say('y');
    await seen.until(() => seen.completed.length > 1);
    assert.equal(seen.out.length, 0);
  });

  it('shows no secret it has read, whoever puts it into an error', async () => {
    const seen = await load(({ settings }) => {
      const key = settings.requiredSecret('key');
      return { onMessage: () => Promise.reject(new Error(`call to /x/${key} failed`)) };
    });
    say('x');
    await seen.until(() => seen.caught.length > 0);
    assert.doesNotMatch(JSON.stringify(seen.caught), /marker-secret-1/);
    assert.match(String(errorOf(seen.caught[0]).message), /call to/);
  });

  it('stays in the flow when it cannot start, says why and fails each message with that', async () => {
    const seen = await load(
      ({ settings }) => {
        settings.number('seconds', 1);
        return {};
      },
      { seconds: 'many' },
    );
    say('x');
    await seen.until(() => seen.caught.length > 0);
    assert.equal(errorOf(seen.caught[0]).code, 'CONFIG_INVALID');
    assert.equal(statuses[0], 'red dot bitlane.brief.CONFIG_INVALID');
    assert.deepEqual(loggedErrors(), ['seconds must be ≥ 0']);
  });

  it('tells the panel that what kept it from starting is over as soon as it can start', async () => {
    const start = ({ settings }: Shell): Behaviour => {
      settings.number('seconds', 1);
      return {};
    };
    const ours = async (): Promise<unknown[]> =>
      (await overview.read()).errors.flatMap(({ nodeId, code, isAtStart, mendedAt }) =>
        nodeId === 'node' && code === 'CONFIG_INVALID' ? [[isAtStart, mendedAt !== undefined]] : [],
      );
    const seen = await load(start, { seconds: 'many' });
    say('x');
    await seen.until(() => seen.caught.length > 0);
    assert.deepEqual(await ours(), [[true, false]]);
    await helper.unload();
    await load(start, { seconds: '2' });
    assert.deepEqual(await ours(), [[true, true]]);
  });

  it('tells the panel that it works again, with the next message that ends well', async () => {
    let failure: Error | undefined = new RefusedError('DIFY_QUOTA', 'no');
    const seen = await load(() => ({
      onMessage: () => (failure ? Promise.reject(failure) : Promise.resolve()),
    }));
    const isMended = async (): Promise<boolean[]> =>
      (await overview.read()).errors.flatMap(({ nodeId, code, mendedAt }) =>
        nodeId === 'node' && code === 'DIFY_QUOTA' ? [mendedAt !== undefined] : [],
      );
    say('x');
    await seen.until(() => seen.caught.length > 0);
    assert.deepEqual(await isMended(), [false]);
    failure = undefined;
    say('y');
    await seen.until(() => seen.completed.length > 0);
    assert.deepEqual(await isMended(), [true]);
  });

  it('says nothing of its own when its behaviour speaks for it', async () => {
    const seen = await load(() => ({ showsItself: true, onMessage: () => Promise.resolve() }));
    say('x');
    await seen.until(() => seen.completed.length > 0);
    await heldBackStatuses();
    assert.deepEqual(statuses, []);
  });

  it('is at work until the last of its messages has ended', async () => {
    const ends: (() => void)[] = [];
    const seen = await load(() => ({ onMessage: () => new Promise<void>((resolve) => ends.push(resolve)) }));
    const working = 'blue dot bitlane.status.working';
    const ready = 'green dot bitlane.status.ready';
    say('x');
    say('y');
    await seen.until(() => ends.length === 2);
    ends[0]?.();
    await seen.until(() => seen.completed.length === 1);
    await heldBackStatuses();
    assert.deepEqual(statuses, [working]);
    ends[1]?.();
    await seen.until(() => statuses.length > 1);
    assert.deepEqual(statuses, [working, ready]);
  });

  it('shows why the last message failed', async () => {
    const seen = await load(() => ({
      onMessage: () => Promise.reject(new RefusedError('BITRIX_REFUSED', 'no')),
    }));
    say('x');
    await seen.until(() => statuses.length > 1);
    assert.deepEqual(statuses, ['blue dot bitlane.status.working', 'red ring bitlane.brief.BITRIX_REFUSED']);
  });

  it('names an environment variable that is not set', async () => {
    const seen = await load(
      ({ settings }) => {
        settings.text('address');
        return {};
      },
      { address: '${BITLANE_TEST_UNSET}' },
    );
    say('x');
    await seen.until(() => seen.caught.length > 0);
    assert.equal(errorOf(seen.caught[0]).code, 'VARIABLE_UNSET');
    assert.match(String(errorOf(seen.caught[0]).message), /BITLANE_TEST_UNSET/);
  });

  const useConfig = ({ use }: Shell): Behaviour => {
    const { word } = use(kind, 'config');
    return {
      async onMessage(message, { emit }) {
        message.payload = word;
        emit(message);
      },
    };
  };
  const config = { id: 'conf', type: 'probe-config', word: 'hello' };

  it('finds its config node, and is known to it as a user until it closes', async () => {
    const seen = await load(useConfig, { config: 'conf' }, [config]);
    const users = (): unknown => Reflect.get(helper.getNode('conf'), 'users');
    assert.deepEqual(keysAt({ users: users() }, 'users'), ['node']);
    say('x');
    await seen.until(() => seen.out.length > 0);
    assert.equal(seen.out[0]?.payload, 'hello');
    const known = users();
    await helper.getNode('node').close(false);
    assert.deepEqual(keysAt({ known }, 'known'), []);
  });

  for (const [what, properties, extra, code] of [
    ['is not chosen', {}, [], 'CONFIG_MISSING'],
    ['does not exist', { config: 'gone' }, [], 'CONFIG_MISSING'],
    ['is of another type', { config: 'out' }, [], 'CONFIG_MISSING'],
    ['cannot start itself', { config: 'conf' }, [{ ...config, word: '' }], 'CONFIG_UNUSABLE'],
  ] as [string, object, FlowItem[], string][]) {
    it(`says what to do when its config node ${what}`, async () => {
      const seen = await load(useConfig, properties, extra);
      say('x');
      await seen.until(() => seen.caught.length > 0);
      assert.equal(errorOf(seen.caught[0]).code, code);
    });
  }

  for (const [type, value, expected] of [
    ['msg', 'keep', 'me'],
    ['str', 'fixed', 'fixed'],
    ['jsonata', '$uppercase(keep)', 'ME'],
    ['jsonata', '$moment().badness(', undefined],
  ] as const) {
    it(`reads a typed property of type ${type}: ${value}`, async () => {
      const seen = await load(
        ({ typed }) => {
          const read = typed('field', 'payload');
          return {
            async onMessage(message, { emit }) {
              message.payload = await read(message);
              emit(message);
            },
          };
        },
        { field: value, fieldType: type },
      );
      say('x');
      await seen.until(() => seen.out.length + seen.caught.length > 0);
      assert.equal(seen.out[0]?.payload, expected);
    });
  }

  for (const [what, beforeClose] of [
    ['what it held back', (shell: Shell) => shell.status.show('ready')],
    ['what comes later', heldBackStatuses],
  ] as const) {
    it(`does not show ${what} once it is closed`, async () => {
      let shell: Shell | undefined;
      await load((its) => {
        shell = its;
        its.status.show('starting');
        return {};
      });
      if (!shell) return assert.fail('not started');
      await beforeClose(shell);
      await helper.getNode('node').close(true);
      shell.status.show('working');
      shell.report(new Error('too late'));
      await heldBackStatuses();
      assert.deepEqual(statuses, ['yellow ring bitlane.status.starting']);
    });
  }

  it('keeps a deploy waiting for less than a second', async () => {
    let timer: NodeJS.Timeout | undefined;
    await load(() => ({ onClose: () => new Promise<void>(() => undefined) }));
    const closed = helper
      .getNode('node')
      .close(false)
      .then(() => 'closed');
    // Both wait on the same clock, this one no longer than the other: the shorter one ends first, however slow the
    // machine is.
    const second = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve('a second has passed'), 1000);
    });
    assert.equal(await Promise.race([closed, second]), 'closed');
    clearTimeout(timer);
  });

  it('tells its work that it is closed, and waits for its close', async () => {
    let closed = false;
    let reason: unknown;
    await load(({ signal }) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason;
      });
      return {
        async onClose() {
          await new Promise((resolve) => setImmediate(resolve));
          closed = true;
        },
      };
    });
    await helper.getNode('node').close(true);
    assert.equal(closed, true);
    assert.equal(at({ reason }, 'reason', 'code'), 'CANCELLED');
  });

  for (const [what, onClose] of [
    ['never ends', () => new Promise<void>(() => undefined)],
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ] as [string, () => Promise<void>][]) {
    it(`closes although its own close ${what}`, async () => {
      await load(() => ({ onClose }));
      await helper.getNode('node').close(false);
    });
  }
});
