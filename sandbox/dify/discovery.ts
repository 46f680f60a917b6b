import { hasWorkflow, type DifyApp, type FormField } from './app';
import { ok, type ApiCall, type Endpoint, type Reply } from './endpoint';
import { longestText } from './inputs';
import { DifyRefusal, forbidden } from './refusal';

export function discoveryEndpoints(): Endpoint[] {
  const at = (name: 'info' | 'parameters' | 'meta' | 'site', run: (call: ApiCall) => Reply): Endpoint => ({
    name,
    method: 'GET',
    path: new RegExp(`^/v1/${name}$`),
    run,
  });
  return [
    at('info', ({ app }) => ok(infoOf(app))),
    at('parameters', ({ app }) => ok(parametersOf(app))),
    at('meta', () => ok({ tool_icons: {} })),
    at('site', ({ app }) => ok(siteOf(app))),
  ];
}

function infoOf({ name, description, tags, mode, infoTellsMode }: DifyApp): Record<string, unknown> {
  return { name, description, tags, ...(infoTellsMode ? { mode } : {}), author_name: 'Sandbox' };
}

function siteOf({ name, hasSite, description }: DifyApp): Record<string, unknown> {
  if (!hasSite) throw forbidden('Site not found.');
  const colours = { chat_color_theme: '#1C64F2', chat_color_theme_inverted: false };
  const icon = { icon_type: 'emoji', icon: '🤖', icon_background: '#FFEAD5', icon_url: null };
  return {
    title: name,
    description,
    ...colours,
    ...icon,
    default_language: 'en-US',
    show_workflow_steps: true,
  };
}

export function unpublished({ mode }: DifyApp): DifyRefusal {
  if (mode === 'agent')
    return new DifyRefusal(400, 'agent_not_published', 'The agent has not been published yet.');
  return new DifyRefusal(400, 'app_unavailable', 'App unavailable, please check your app configurations.');
}

function parametersOf(app: DifyApp): Record<string, unknown> {
  if (!app.published && (app.mode === 'agent' || hasWorkflow(app.mode))) throw unpublished(app);
  const { numberLimit, enabled, types, extensions, methods } = app.fileUpload;
  const common = {
    user_input_form: app.form.map(shownField),
    file_upload: {
      enabled,
      number_limits: numberLimit,
      allowed_file_types: types,
      allowed_file_extensions: extensions,
      allowed_file_upload_methods: methods,
      image: { enabled, number_limits: numberLimit, detail: 'high', transfer_methods: methods },
    },
    system_parameters: app.limits,
  };
  const speech = { speech_to_text: { enabled: app.speechToText !== undefined } };
  if (app.mode === 'workflow') return { ...common, ...speech };
  return {
    opening_statement: app.openingStatement,
    suggested_questions: app.suggestedQuestions,
    suggested_questions_after_answer: { enabled: app.suggestedAfterAnswer !== undefined },
    ...speech,
    text_to_speech: { enabled: app.textToSpeech, voice: 'alloy', language: 'en-US', autoPlay: 'disabled' },
    retriever_resource: { enabled: true },
    annotation_reply: { enabled: false },
    more_like_this: { enabled: false },
    sensitive_word_avoidance: { enabled: false },
    ...common,
  };
}

function shownField(field: FormField): Record<string, unknown> {
  const { type, variable, label = variable, required = false, options, default: fallback } = field;
  const longest = type === 'file-list' ? field.maxLength : longestText(field);
  const shown = {
    label,
    variable,
    type,
    required,
    max_length: longest,
    options,
    default: fallback ?? '',
    allowed_file_types: field.fileTypes,
    allowed_file_extensions: field.fileExtensions,
    allowed_file_upload_methods: field.uploadMethods,
  };
  return { [type]: shown };
}
