import { startPortal } from './bitrix24';
import { planOfLine, type ChannelPlan } from './channels';
import { startDify, usualApps, type AppInit } from './dify';
import { speechSenseEnvironment } from './environment';
import { startSpeechSense } from './speechsense';
import { startTypebot } from './typebot';
import { chatflowForm, showBrain, showWorkflow, workflowForm } from './web/brain';
import { ownLineIn } from './web/cast';
import { linesOf } from './web/channels';
import { showConversation } from './web/conversations';
import { firstLanguage, type Language } from './web/language';
import { startShow } from './web/server';

const BOT_TOKEN = 'sandbox-bot-token';
const seededCalls = 300;
const seededChats = 25;
const analysisMs = 2000;
/** More than the pages show. */
const keptCalls = 2000;
/** Between two pieces of a bot's answer, as a model would write it. */
const writingPaceMs = 25;

export interface RunningStandIns {
  chatUrl: string;
  callsUrl: string;
  /** What the shipped flows read, by which they reach the stand-ins. */
  environment: Record<string, string>;
  stop(): Promise<void>;
}

export interface StandInsOptions {
  /** Of the pages. */
  port: number;
  /** Where the flows can be changed; undefined while nobody knows. */
  editorUrl: () => string | undefined;
  /** Channels that are there before their bots. */
  plans: readonly ChannelPlan[];
  /** Where the stand-ins listen, and by which keys; default: on any ports, by other keys at each start. */
  places?: StandInPlaces;
}

export interface StandInPlaces {
  ports: { portal: number; dify: number; typebot: number; speechSense: number };
  keys: { webhook: string; chatflow: string; workflow: string };
}

/** A Bitrix24, a Dify, a Typebot and a SpeechSense of one's own, and the two pages that show what goes on in them. */
export async function startStandIns(options: StandInsOptions): Promise<RunningStandIns> {
  const { port, editorUrl, plans, places } = options;
  const portal = await startPortal({
    ...(places && { port: places.ports.portal, webhook: { secret: places.keys.webhook } }),
    plan: 'enterprise',
    keptCalls,
    keepsAnswers: true,
    language: firstLanguage(),
    lines: [ownLineIn(firstLanguage()), ...linesOf(plans)],
  });
  portal.telephony.seed({ count: seededCalls, recordUrlEvery: 0 });
  const language = (): Language => show.language();
  const callsOperator = (user: string): boolean => {
    const chat = portal.state.chats.get(Number(/chat(\d+)$/.exec(user)?.[1]));
    return planOfLine(plans, chat?.openLine?.lineId ?? 0)?.callsOperator === true;
  };
  const brain = showBrain(language, callsOperator);
  const own: Readonly<Record<string, Partial<AppInit>>> = {
    chatflow: { form: chatflowForm, brain, ...(places && { key: places.keys.chatflow }) },
    workflow: {
      ...{ form: workflowForm, brain: showWorkflow(language) },
      ...(places && { key: places.keys.workflow }),
    },
  };
  const dify = await startDify({
    ...(places && { port: places.ports.dify }),
    paceMs: writingPaceMs,
    apps: usualApps.map((app) => ({ ...app, brain, ...own[app.name] })),
  });
  const typebot = await startTypebot(places && { port: places.ports.typebot });
  // A night of uploads must not fill the memory.
  const speechSense = await startSpeechSense({
    ...(places && { port: places.ports.speechSense }),
    keepBytes: false,
    readyAfterMs: analysisMs,
    conversation: showConversation(language),
  });
  const botTokens = (): string[] =>
    [...portal.state.bots.values()].flatMap((bot) => [
      portal.applicationToken(bot),
      ...(bot.owner.kind === 'token' ? [bot.owner.token] : []),
    ]);
  const show = await startShow({
    standIns: { portal, dify, typebot, speechSense },
    secrets: () => [
      ...[BOT_TOKEN, portal.state.webhook.secret, speechSense.apiKey, typebot.token],
      ...[dify.app('chatflow').key, dify.app('workflow').key],
      ...botTokens(),
    ],
    editorUrl,
    plans,
    language: firstLanguage(),
    port,
  });
  portal.sessions.seedMany({ count: seededChats });
  return {
    chatUrl: show.chatUrl,
    callsUrl: show.callsUrl,
    environment: {
      BITRIX_WEBHOOK_URL: portal.webhookUrl,
      BITRIX_BOT_TOKEN: BOT_TOKEN,
      DIFY_BASE_URL: dify.baseUrl,
      DIFY_API_KEY: dify.app('chatflow').key,
      DIFY_WORKFLOW_API_KEY: dify.app('workflow').key,
      TYPEBOT_START_URL: typebot.startUrl(),
      ...speechSenseEnvironment(speechSense),
    },
    async stop() {
      await show.stop();
      await Promise.all([dify.stop(), typebot.stop(), speechSense.stop(), portal.stop()]);
    },
  };
}
