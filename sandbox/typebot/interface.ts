import type { Clock } from '../../lib/core/clock';
import type { Gate } from '../shared/gates';
import type { WaitOptions } from '../shared/waiting';
import type { Bot, BotInit } from './bot';
import type { EndpointName } from './call';
import type { Host } from './door';
import type { Fault } from './faults';
import type { RequestRecord } from './records';
import type { ErrorShape } from './refusal';
import type { Scenario, ScenarioName } from './scenarios';
import type { Result, Session } from './sessions';
import type { Upload, UploadStyle } from './uploads';
import type { Broadcast } from './webhook-endpoint';

export interface TypebotOptions {
  /** Default: any free one. */
  port?: number;
  /** Default: all that the scenarios need. */
  bots?: readonly BotInit[];
  clock?: Clock;
  /** Of a user; for previews, webhooks and the builder. */
  token?: string;
  host?: Host;
  /** Servers until 3.14: `old`. */
  errorShape?: ErrorShape;
  /** Servers before 3.11: false. */
  knowsReplyIds?: boolean;
  uploads?: UploadStyle;
  /** Without it nobody can wait for a webhook. Default true. */
  hasPartyKit?: boolean;
  /** Named in the refusal of a flow without end. */
  timeoutSeconds?: number;
}

export interface Typebot {
  origin: string;
  /** Ends in `/api`. */
  apiBaseUrl: string;
  token: string;
  /** `.../api/v1/typebots/<public id>/startChat`; by default of `sandbox-bot`. */
  startUrl: (bot?: string) => string;
  previewUrl: (bot?: string) => string;
  /** What a person would open. */
  publicUrl: (bot?: string) => string;
  /** Throws when there is none. */
  bot: (name: string) => Bot;
  addBot: (init: BotInit) => Bot;
  /** Takes the place of the bot of that name; sessions that have begun keep the old one. */
  publish: (init: BotInit) => Bot;
  /** The next calls of this bot go so, one each. `*`: of any bot, or of none. */
  script: (bot: string | Bot, ...list: readonly Scenario[]) => void;
  /** Every call for which nothing is scripted goes so; undefined ends it. */
  always: (bot: string | Bot, scenario: Scenario | undefined) => void;
  /** Gives the bot that plays this scenario, with its faults scripted. */
  play: (scenario: ScenarioName) => Bot;
  /** The next call of this bot stops at its work until the gate is opened. */
  hold: (bot: string | Bot, on?: NonNullable<Fault['on']>) => Gate;
  clearScripts: () => void;
  readonly requests: readonly RequestRecord[];
  requestsOf: (endpoint: EndpointName, bot?: string) => readonly RequestRecord[];
  /** Resolves with a request that fits, at once or when it comes; `ended` tells when it is over. */
  untilRequest: (fits: (request: RequestRecord) => boolean, options?: WaitOptions) => Promise<RequestRecord>;
  /** Deleted ones too. */
  readonly sessions: readonly Session[];
  /** The latest of this bot. Throws when there is none. */
  sessionOf: (bot: string) => Session;
  readonly results: readonly Result[];
  readonly uploads: readonly Upload[];
  readonly broadcasts: readonly Broadcast[];
  /** How many calls came while another one of the same session was at work. */
  overlaps: () => number;
  stop: () => Promise<void>;
}
