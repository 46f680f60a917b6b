import assert from 'node:assert/strict';
import { InvalidError, UnreachableError } from '../../../lib/core/errors';
import { parseServiceUrl } from '../../../lib/core/network-guard';
import { parseWebhookAddress } from '../../../lib/bitrix24/rest/webhook-address';
import { parseTypebotAddress } from '../../../lib/typebot/address';
import { timeoutOf } from '../../../lib/dify/outage';
import { parseAuthorizedKey } from '../../../lib/speechsense/authorized-key';
import { numberText, sizeText } from '../../../nodes/runtime/amounts';
import { explain, explainInDialog, type Translate } from '../../../nodes/runtime/explain';
import { languages, registeredNodes } from '../../../scripts/pack.cjs';
import { readCatalogue } from '../../support/node-files';

function textsOf(type: string, language: string): Translate {
  const node = registeredNodes().find((each) => each.type === type) ?? assert.fail(type);
  const texts = readCatalogue(node, language);
  return (key, params = {}) =>
    (texts.get(key) ?? key).replace(/__(\w+?)__/g, (_, name: string) => String(params[name] ?? ''));
}

function thrownBy(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  return assert.fail('nothing was thrown');
}

const marker = 'marker0secret';
const own = { origin: 'configured' } as const;
const keyFile = JSON.stringify({ id: 'a' });
const cases: readonly [what: string, type: string, failure: Error, en: string, ru: string][] = [
  [
    'an empty field',
    'bitrix-portal',
    new InvalidError('CONFIG_EMPTY', 'webhookUrl is empty', { params: { property: 'webhookUrl' } }),
    'Fill in the field “Webhook address”.',
    'Заполните поле «Адрес вебхука».',
  ],
  [
    'what is no address',
    'bitrix-portal',
    thrownBy(() => parseWebhookAddress(marker, own)),
    'Check the field “Webhook address”. This is not a full web address: it begins with https://.',
    'Проверьте поле «Адрес вебхука». Это не полный веб-адрес: он начинается с https://.',
  ],
  [
    'an address in a private network',
    'bitrix-portal',
    thrownBy(() => parseWebhookAddress(`https://10.0.0.5/rest/1/${marker}/`, own)),
    'Check the field “Webhook address”. The address 10.0.0.5 is in a private network. If that is right, tick “The portal is in a private network”.',
    'Проверьте поле «Адрес вебхука». Адрес 10.0.0.5 находится в частной сети. Если так и должно быть, установите флажок «Портал находится в частной сети».',
  ],
  [
    'a private network where there is no such tick',
    'bitrix-file',
    thrownBy(() => parseServiceUrl('https://10.0.0.5/', own)),
    'The address 10.0.0.5 is in a private network, which may not be called from here.',
    'Адрес 10.0.0.5 находится в частной сети, обращаться туда отсюда нельзя.',
  ],
  [
    'an address without a bot',
    'typebot-bot',
    thrownBy(() => parseTypebotAddress({ startUrl: 'https://typebot.co' })),
    'The field “Address of the bot” is not right. Needed: the address of a published bot, for example https://typebot.co/my-bot',
    'Поле «Адрес бота» заполнено неверно. Нужно: адрес опубликованного бота, например https://typebot.co/my-bot',
  ],
  [
    'a key file that lacks something',
    'speechsense-connection',
    thrownBy(() => parseAuthorizedKey(keyFile)),
    "The key file cannot be used: it has no service_account_id, private_key. Paste the whole JSON file of the service account's authorized key as it was downloaded.",
    'Файл ключа использовать нельзя: в нём нет полей: service_account_id, private_key. Вставьте целиком JSON-файл авторизованного ключа сервисного аккаунта в том виде, в каком он был скачан.',
  ],
];

describe('what a dialog says of a failure', () => {
  for (const [what, type, failure, ...says] of cases) {
    for (const [place, language] of languages.entries()) {
      it(`names the field and the address of ${what} in ${language}, and adds nothing`, () => {
        const shown = explainInDialog(failure, textsOf(type, language), type);
        assert.equal(shown, says[place]);
        // Where the sentence says it all, a Catch node gets no more either.
        assert.equal(explain(failure, textsOf(type, language), type).message, shown);
      });
    }
  }

  it('keeps the bare code of the network, and leaves the detail in English to the Catch node', () => {
    const cause = new UnreachableError('ADDRESS_UNREACHABLE', 'x', {
      sent: false,
      params: { reason: 'ECONNREFUSED' },
    });
    const failure = new UnreachableError('BITRIX_UNREACHABLE', 'could not be connected to', {
      sent: false,
      cause,
    });
    const translate = textsOf('bitrix-portal', 'ru');
    const shown = explainInDialog(failure, translate, 'bitrix-portal');
    assert.match(shown, /\(ECONNREFUSED\)$/);
    assert.doesNotMatch(shown, /connected/);
    assert.match(explain(failure, translate, 'bitrix-portal').message, /\(could not be connected to\)$/);
  });

  it('keeps the detail of what nobody foresaw', () => {
    assert.match(explainInDialog(new Error('odd'), textsOf('dify-app', 'ru'), 'dify-app'), /\(odd\)$/);
  });
});

describe('the time limits of Dify in an error', () => {
  for (const language of languages) {
    it(`are called as in the dialog in ${language}`, () => {
      for (const timer of ['connect', 'idle', 'progress', 'total'] as const) {
        const label = textsOf('dify-app', language)(`dify-app.label.${timer}TimeoutSeconds`);
        const shown = explain(timeoutOf(timer, 5000), textsOf('dify-chatflow', language), 'dify-chatflow');
        assert.ok(shown.message.includes(label), shown.message);
        assert.ok(!shown.message.includes('TimeoutSeconds'), shown.message);
      }
    });
  }
});

describe('amounts', () => {
  const english = textsOf('bitlane-store', 'en-US');
  const russian = textsOf('bitlane-store', 'ru');

  it('have the sign and the units of the language', () => {
    assert.deepEqual([numberText(1.94, english), numberText(1.94, russian)], ['1.9', '1,9']);
    assert.deepEqual([sizeText(431_000, english), sizeText(431_000, russian)], ['421 KB', '421 КБ']);
    assert.equal(sizeText(75_795 * 1024 ** 2, russian), '74 ГБ');
    assert.equal(sizeText(1.5 * 1024 ** 3, russian), '1,5 ГБ');
    assert.equal(sizeText(20 * 1024 ** 2, russian), '20 МБ');
    assert.equal(sizeText(0, russian), '1 КБ');
  });

  it('are told without catalogues too', () => {
    assert.equal(
      sizeText(5000, (key) => key),
      '4.9 KB',
    );
  });
});
