import { InvalidError } from '../../../lib/core/errors';
import type { InputField } from '../../../lib/dify/input-form';
import { reviewForm, type FormReview } from '../../../lib/dify/input-form';

/** BitBot's variables, and how many characters a portal may well put into each. */
const usualLengths: Readonly<Record<string, number>> = {
  event: 30,
  scope: 300,
  client_endpoint: 80,
  BOT_ID: 15,
  DIALOG_ID: 20,
  CHAT_ID: 15,
  MESSAGE_ID: 15,
  MESSAGE: 4000,
  AUTHOR_ID: 15,
  USER_ID: 15,
  CHAT_AUTHOR_ID: 15,
  FIRST_NAME: 60,
  LAST_NAME: 60,
  IS_BOT: 1,
  IS_CONNECTOR: 1,
  IS_NETWORK: 1,
  IS_EXTRANET: 1,
  COMMAND_ID: 15,
  COMMAND: 60,
  COMMAND_PARAMS: 4000,
  CHAT_TITLE: 200,
  LANGUAGE: 5,
  CHAT_ENTITY_DATA_1: 200,
  CHAT_ENTITY_DATA_2: 200,
  CHAT_ENTITY_ID: 100,
  MESSAGE_BATCH: 20_000,
  MESSAGE_BATCH_SIZE: 5,
  file_id: 15,
  file_type: 30,
  user_access_token: 80,
  bot_access_token: 80,
  access_token: 80,
};

/** How an app's form fits what `bitrix-in` puts into `msg.inputs`. */
export function reviewUsualInputs(form: readonly InputField[]): FormReview {
  return reviewForm(form, Object.keys(usualLengths), usualLengths);
}

/** Told at the deploy: with the first long message it would be too late. */
export function shortInputsNotice(form: readonly InputField[]): InvalidError | undefined {
  const { short } = reviewUsualInputs(form);
  const [first] = short;
  if (!first) return undefined;
  const list = short.map(({ variable, limit }) => `${variable} (${limit})`).join(', ');
  return new InvalidError('DIFY_FIELD_SHORT', `what a portal sends may be longer: ${list}`, {
    params: { ...first },
  });
}
