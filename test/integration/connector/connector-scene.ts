import assert from 'node:assert/strict';
import { textAt } from '../../../lib/core/fields';
import type { Chat, Portal, PortalOptions, SayInit } from '../../../sandbox/bitrix24';
import { startDify, type AppInit, type Dify } from '../../../sandbox/dify';
import { startTypebot, type Typebot } from '../../../sandbox/typebot';
import { until } from '../../support/until';
import { BOT_TOKEN } from '../bitrix24-nodes/flow-parts';
import { answersIn, botOn, say, useScene, type Scene } from '../bitrix24-nodes/scene';
import { shippedFlow } from '../bitrix24-nodes/shipped';

/** By the type or the id of a node. */
export type Changes = Readonly<Record<string, object>>;
export type BotCode = 'helper' | 'worker' | 'guide';

export interface ConnectorScene {
  readonly scene: Scene;
  readonly dify: Dify;
  readonly typebot: Typebot;
  readonly portal: Portal;
  /** Deploys the shipped flow, and waits until its bots are on the portal. */
  start(changes?: Changes): Promise<void>;
  /** The shipped flow with these changes. */
  flow(changes?: Changes): object[];
  /** A dialog of a client with this bot. */
  dialog(code: BotCode): Chat;
  /** Says it, and gives what the bot answers, once it has answered that often. */
  ask(chat: Chat, said: SayInit | string, answers?: number): Promise<string[]>;
  /** What is said when enough of it is there. Waits longer than the flow waits for a second message. */
  answered(chat: Chat, count: number): Promise<string[]>;
  /** Every flow has come to its end. */
  flowsEnded(): Promise<void>;
}

export const botNodes = ['bitlane-bot', 'bitlane-bot-worker', 'bitlane-bot-guide'] as const;
const file = 'BitBot/4 BitBot connector.json';

/** Of the variables of BitBot, those that a test looks at; Dify is told what an app declares and no more. */
const declared = ['MESSAGE', 'FIRST_NAME', 'DIALOG_ID', 'MESSAGE_BATCH', 'MESSAGE_BATCH_SIZE', 'COMMAND'];
const apps: readonly AppInit[] = (['advanced-chat', 'workflow'] as const).map((mode) => ({
  name: mode === 'workflow' ? 'workflow' : 'chatflow',
  mode,
  form: declared.map((variable) => ({ type: 'paragraph', variable })),
}));

/** A Node-RED, a Dify and a Typebot for the tests of one `describe`, and for each test a portal of its own. */
export function useConnector(
  options: (scene: Scene) => Promise<PortalOptions> = () => Promise.resolve({}),
): ConnectorScene {
  const scene = useScene();
  const variables: Record<string, string> = {};
  let opened: { dify: Dify; typebot: Typebot } | undefined;
  let portal: Portal | undefined;
  const now = (): { dify: Dify; typebot: Typebot } => opened ?? assert.fail('nothing is started');
  const onPortal = (): Portal => portal ?? assert.fail('there is no portal');

  before(async () => {
    opened = { dify: await startDify({ apps }), typebot: await startTypebot() };
  });
  beforeEach(async () => {
    // The bot stays in the dialog of a person and hears all of it.
    const usual: PortalOptions = { plan: 'enterprise', lines: [{ id: 3, botLeft: 'close' }] };
    portal = await scene.portal({ ...usual, ...(await options(scene)) });
    const { dify, typebot } = now();
    dify.clearScripts();
    typebot.clearScripts();
    Object.assign(variables, {
      BITRIX_WEBHOOK_URL: portal.webhookUrl,
      BITRIX_BOT_TOKEN: BOT_TOKEN,
      PUBLIC_URL: scene.red.url,
      DIFY_BASE_URL: dify.baseUrl,
      DIFY_API_KEY: dify.app('chatflow').key,
      DIFY_WORKFLOW_API_KEY: dify.app('workflow').key,
      TYPEBOT_START_URL: typebot.publicUrl('sandbox-bot'),
    });
    Object.assign(process.env, variables);
  });
  after(async () => {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
    await opened?.typebot.stop();
    await opened?.dify.stop();
  });

  /** Without the marks of typing: they would need requests of their own. */
  function flow(changes: Changes = {}): object[] {
    const all: Changes = {
      ...changes,
      'bitrix-imbot-reply': { typing: false, ...changes['bitrix-imbot-reply'] },
    };
    return shippedFlow(file).map((node) => ({
      ...node,
      ...all[textAt(node, 'type') ?? ''],
      ...all[textAt(node, 'id') ?? ''],
    }));
  }

  async function answered(chat: Chat, count: number): Promise<string[]> {
    const answers = (): string[] => answersIn(onPortal(), chat);
    await until(() => answers().length >= count, `${count} answers`).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${JSON.stringify(answers())}\n${scene.red.log.join('\n')}`);
    });
    return answers();
  }

  return {
    scene,
    get dify() {
      return now().dify;
    },
    get typebot() {
      return now().typebot;
    },
    get portal() {
      return onPortal();
    },
    flow,
    start: (changes) => scene.deployReady(flow(changes), botNodes),
    dialog: (code) => onPortal().openChannel({ bots: [botOn(onPortal(), code)] }),
    answered,
    async ask(chat, said, answers = 1) {
      const before = answersIn(onPortal(), chat).length;
      await say(onPortal(), chat, said);
      return (await answered(chat, before + answers)).slice(before);
    },
    async flowsEnded() {
      for (;;) {
        const panel: unknown = await (await fetch(`${scene.red.url}/bitlane/panel`)).json();
        const readers: unknown = Reflect.get(Object(panel), 'readers');
        if (!JSON.stringify(readers).match(/"(?:running|waiting)":[1-9]/)) return;
      }
    },
  };
}
