import type { NodeAPI } from 'node-red';
import { textAt } from '../../../lib/core/fields';
import type { DifyApp, DifyKind } from '../../../lib/dify/app';
import type { ActionAnswer, ActionContext } from '../../runtime/admin-action';
import { reviewUsualInputs } from '../../runtime/dify/usual-inputs';
import { lookUp, type Translate } from '../../runtime/explain';
import { openDify } from './dify-settings';

/** The button of the dialog: asks the app what it is and what it wants. No run is started. */
export async function checkApp(RED: NodeAPI, context: ActionContext): Promise<ActionAnswer> {
  const { settings, signal, translate, id } = context;
  const { client, close } = openDify(settings);
  try {
    const app = await client.describe({ refresh: true, signal });
    const strangers = app.kind === 'unknown' ? [] : nodesOfOtherKind(RED, id, app.kind);
    const sentences = [
      ...identity(app, translate),
      ...strangers.map((node) => translate('dify-app.check.stranger', { node })),
      ...variables(app, translate),
    ];
    return {
      ok: app.kind !== 'completion' && strangers.length === 0,
      message: sentences.join('\n'),
      details: detailsOf(app),
    };
  } finally {
    await close();
  }
}

function identity({ name, mode, kind, version }: DifyApp, translate: Translate): string[] {
  const release = version === '' ? '' : `, Dify ${version}`;
  return [
    translate('dify-app.check.app', {
      name: name === '' ? '?' : name,
      mode: lookUp(translate, `bitlane.difyMode.${mode}`) ?? (mode === '' ? '?' : mode),
      release,
    }),
    translate(`dify-app.check.${kind}`),
  ];
}

function variables({ form, kind }: DifyApp, translate: Translate): string[] {
  if (kind === 'completion') return [];
  if (form.length === 0) return [translate('dify-app.check.noVariables')];
  const required = translate('dify-app.check.required');
  const list = form.map((field) => (field.required ? `${field.variable} (${required})` : field.variable));
  const { missing, short } = reviewUsualInputs(form);
  const shortList = short.map(({ variable, limit }) => `${variable} (${limit})`).join(', ');
  return [
    translate('dify-app.check.variables', { list: list.join(', ') }),
    ...(short.length > 0 ? [translate('dify-app.check.short', { list: shortList })] : []),
    ...(missing.length > 0 ? [translate('dify-app.check.missing', { list: missing.join(', ') })] : []),
  ];
}

function detailsOf(app: DifyApp): object {
  const { name, mode, kind, version, form } = app;
  const { short, missing } = reviewUsualInputs(form);
  return {
    name,
    mode,
    kind,
    version,
    // As the node keeps it for its label.
    label: { chat: 'chatflow', workflow: 'workflow', completion: '', unknown: '' }[kind],
    variables: form.map(({ variable, control, required, maxLength }) => ({
      variable,
      control,
      required,
      ...(maxLength !== undefined && { maxLength }),
    })),
    short,
    missing,
  };
}

const runs: Readonly<Record<string, DifyKind>> = { 'dify-chatflow': 'chat', 'dify-workflow': 'workflow' };

/** Deployed nodes that use this app and could not run it. */
function nodesOfOtherKind(RED: NodeAPI, id: string | undefined, kind: DifyKind): string[] {
  const strangers: string[] = [];
  if (id === undefined || id === '') return strangers;
  RED.nodes.eachNode((node) => {
    const wanted = runs[node.type];
    if (wanted === undefined || wanted === kind || textAt(node, 'app') !== id) return;
    strangers.push(node.name ? `${node.name} (${node.type})` : node.type);
  });
  return strangers;
}
