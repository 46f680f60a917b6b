import assert from 'node:assert/strict';
import { entriesAt, textAt } from '../../lib/core/fields';
import type { HumanForm, ScenarioPlan } from '../../sandbox/dify';
import type { DifyScene } from './dify-scene';

export const comment = { type: 'paragraph', name: 'comment' } as const;
export const asking = (form: object): ScenarioPlan => ({ like: 'paused', form });

function partsOf(message: unknown, type: string): unknown[] {
  return entriesAt(message, 'parts').filter((part) => textAt(part, 'type') === type);
}
export const textsOf = (message: unknown) => partsOf(message, 'text').map((part) => textAt(part, 'text'));
export const labelsOf = (message: unknown) =>
  partsOf(message, 'choices').map((part) => entriesAt(part, 'items').map((item) => textAt(item, 'label')));

/** What `bitrix-in` makes of a click on a button of the message. */
export function click(message: unknown, place = 0): object {
  const [choices] = partsOf(message, 'choices');
  return { choice: { items: [entriesAt(choices, 'items')[place]], context: textAt(choices, 'context') } };
}

export function lastForm({ dify }: DifyScene): HumanForm {
  return dify.forms.at(-1) ?? assert.fail('no form');
}
