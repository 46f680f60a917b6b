import { randomBytes, randomUUID } from 'node:crypto';
import { friendlyBrain, type Brain } from './answer';

export type AppMode = 'chat' | 'agent-chat' | 'agent' | 'advanced-chat' | 'workflow' | 'completion';

export type ControlType =
  | 'text-input'
  | 'paragraph'
  | 'select'
  | 'number'
  | 'checkbox'
  | 'file'
  | 'file-list'
  | 'json_object'
  | 'external_data_tool';

/** One control of the app's input form. */
export interface FormField {
  type: ControlType;
  variable: string;
  label?: string;
  required?: boolean;
  /** Text: characters; file lists: files. Default 48 for `text-input`, none for the rest; 0: none. */
  maxLength?: number;
  options?: readonly string[];
  default?: unknown;
  fileTypes?: readonly string[];
  fileExtensions?: readonly string[];
  uploadMethods?: readonly string[];
}

export interface FileUpload {
  enabled: boolean;
  numberLimit: number;
  types: readonly string[];
  extensions: readonly string[];
  methods: readonly string[];
}

/** In megabytes, as `/parameters` says them; `workflow_file_upload_limit` is a number of files. */
export interface SizeLimits {
  file_size_limit: number;
  image_file_size_limit: number;
  audio_file_size_limit: number;
  video_file_size_limit: number;
  workflow_file_upload_limit: number;
}

export interface AppSettings {
  mode: AppMode;
  description: string;
  tags: readonly string[];
  form: readonly FormField[];
  fileUpload: FileUpload;
  limits: SizeLimits;
  openingStatement: string;
  suggestedQuestions: readonly string[];
  /** After each answer; undefined: the feature is off. */
  suggestedAfterAnswer: readonly string[] | undefined;
  /** What the app hears in a recording; undefined: the feature is off. */
  speechToText: ((file: { name: string; content: Buffer }) => string) | undefined;
  textToSpeech: boolean;
  /** Copied into each new conversation. */
  conversationVariables: Readonly<Record<string, string | number>>;
  brain: Brain;
  published: boolean;
  state: 'normal' | 'deleted' | 'abnormal' | 'api-disabled' | 'workspace-archived';
  /** Versions that `workflow_id` may name. On the `sandbox` plan it may not be used at all. */
  versions: readonly string[];
  plan: 'paid' | 'sandbox';
  /** Runs at the same time; 0: no limit. */
  maxActiveRequests: number;
  /** Which of a chatflow's two ends comes first: the second is how releases up to about 1.9 do it. */
  endOrder: 'message-end-first' | 'workflow-finished-first';
  /** Whether the inputs of later turns count. Releases before 0.15.4 kept those of the first. */
  inputs: 'every-turn' | 'first-turn-only';
  /** How a conversation that is not there is told: by 404, by 404 with routing text behind it, in the stream, or not at all. */
  lostConversation: 'not-found' | 'not-found-with-appendix' | 'error-event' | 'pings-only';
  /** Older releases have no way to come back to a stream. */
  eventsEndpoint: boolean;
  /** What somebody who comes back to a running stream is given: only what happens from now on, or all of it again. */
  eventsReplay: 'from-now' | 'from-start';
  /** Older releases leave `mode` out of `/info`. */
  infoTellsMode: boolean;
  hasSite: boolean;
}

export interface AppInit extends Partial<AppSettings> {
  name: string;
  mode: AppMode;
  /** Default: a random one that begins with `app-`. */
  key?: string;
}

export interface DifyApp extends AppSettings {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly workflowId: string;
}

export function createApp(init: AppInit): DifyApp {
  return {
    id: randomUUID(),
    key: `app-${randomBytes(12).toString('hex')}`,
    workflowId: randomUUID(),
    description: `The ${init.name} of the stand-in`,
    tags: [],
    form: [],
    fileUpload: {
      enabled: true,
      numberLimit: 3,
      types: ['image', 'document', 'audio', 'video'],
      extensions: [],
      methods: ['local_file', 'remote_url'],
    },
    limits: {
      file_size_limit: 15,
      image_file_size_limit: 10,
      audio_file_size_limit: 50,
      video_file_size_limit: 100,
      workflow_file_upload_limit: 10,
    },
    openingStatement: '',
    suggestedQuestions: [],
    suggestedAfterAnswer: undefined,
    speechToText: undefined,
    textToSpeech: false,
    conversationVariables: {},
    brain: friendlyBrain,
    published: true,
    state: 'normal',
    versions: [],
    plan: 'paid',
    maxActiveRequests: 0,
    endOrder: 'message-end-first',
    inputs: 'every-turn',
    lostConversation: 'not-found',
    eventsEndpoint: true,
    eventsReplay: 'from-now',
    infoTellsMode: true,
    hasSite: true,
    ...init,
  };
}

/** One of each kind, for whoever does not say which apps there are. */
export const usualApps: readonly AppInit[] = [
  { name: 'chatbot', mode: 'chat' },
  { name: 'agent', mode: 'agent-chat' },
  { name: 'new-agent', mode: 'agent' },
  { name: 'chatflow', mode: 'advanced-chat' },
  { name: 'workflow', mode: 'workflow' },
  { name: 'completion', mode: 'completion' },
];

/** Chatflows and workflows: what runs there has an id by which a stream can be found again. */
export function hasWorkflow(mode: AppMode): boolean {
  return mode === 'advanced-chat' || mode === 'workflow';
}

export function isChatMode(mode: AppMode): boolean {
  return mode !== 'workflow' && mode !== 'completion';
}
