import { startPortal } from './bitrix24';
import type { ChannelPlan } from './channels';
import { startDify, usualApps } from './dify';
import { speechSenseEnvironment } from './environment';
import { startSpeechSense } from './speechsense';
import { startTypebot } from './typebot';
import { showBrain, showForm, showWorkflow } from './web/brain';
import { linesOf } from './web/channels';
import { showConversation } from './web/conversations';
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
}

/** A Bitrix24, a Dify, a Typebot and a SpeechSense of one's own, and the two pages that show what goes on in them. */
export async function startStandIns({ port, editorUrl, plans }: StandInsOptions): Promise<RunningStandIns> {
  const portal = await startPortal({
    plan: 'enterprise',
    keptCalls,
    keepsAnswers: true,
    lines: [{ id: 3, name: 'Support' }, ...linesOf(plans)],
  });
  portal.telephony.seed({ count: seededCalls, recordUrlEvery: 0 });
  const language = (): 'en' | 'ru' => show.language();
  const brain = showBrain(language);
  const dify = await startDify({
    paceMs: writingPaceMs,
    apps: usualApps.map((app) =>
      app.mode === 'workflow' ? { ...app, form: showForm, brain: showWorkflow(language) } : { ...app, brain },
    ),
  });
  const typebot = await startTypebot();
  // A night of uploads must not fill the memory.
  const speechSense = await startSpeechSense({
    keepBytes: false,
    readyAfterMs: analysisMs,
    conversation: showConversation(language),
  });
  const appTokens = (): string[] =>
    [...portal.state.bots.values()].map((bot) => portal.applicationToken(bot));
  const show = await startShow({
    standIns: { portal, dify, typebot, speechSense },
    secrets: () => [
      ...[BOT_TOKEN, portal.state.webhook.secret, speechSense.apiKey, typebot.token],
      ...[dify.app('chatflow').key, dify.app('workflow').key],
      ...appTokens(),
    ],
    editorUrl,
    plans,
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
