import assert from 'node:assert/strict';
import { createContext, runInContext } from 'node:vm';
import { at } from '../../lib/core/fields';
import { languages, registeredNodes } from '../../scripts/pack.cjs';
import { readCatalogue, readNodeFiles, type RegisteredNode } from '../support/node-files';

type Properties = Record<string, unknown>;

interface Labelled {
  node: Properties;
  /** In English, then in Russian. */
  says: readonly [string, string];
}

const secret = 'keep-this-for-yourself';
const portal = { id: 'p', type: 'bitrix-portal', domain: 'shop.bitrix24.com' };
const bot = { id: 'b', type: 'bitrix-bot', portal: 'p', code: 'echo', botName: 'Echo' };
const app = { id: 'a', type: 'dify-app', name: 'Order desk', kind: 'chatflow' };
const secretApp = {
  id: 's',
  type: 'dify-app',
  baseUrl: `https://me:${secret}@dify.example/v1?key=${secret}`,
};
const typebot = {
  ...{ id: 't', type: 'typebot-bot' },
  startUrl: `https://bot.example/order-bot?token=${secret}/${secret}`,
};
const connection = { id: 'c', type: 'speechsense-connection', connectionId: 'eag123', kind: 'audio' };
const configs: readonly Properties[] = [portal, bot, app, secretApp, typebot, connection].map((each) => ({
  ...each,
  // Only the editor's memory of a dialog has them; no label looks there.
  credentials: { webhookUrl: `https://shop.bitrix24.com/rest/1/${secret}/`, apiKey: secret, token: secret },
}));

const both = (text: string): readonly [string, string] => [text, text];
const cases: readonly Labelled[] = [
  { node: portal, says: both('shop.bitrix24.com') },
  {
    node: { type: 'bitrix-portal', authType: 'app' },
    says: ['Bitrix24 portal (Local app)', 'Портал Битрикс24 (Локальное приложение)'],
  },
  { node: bot, says: both('Echo (shop.bitrix24.com)') },
  { node: app, says: both('Order desk (Dify Chatflow)') },
  { node: secretApp, says: both('dify.example') },
  { node: typebot, says: both('order-bot (Typebot)') },
  {
    node: { type: 'typebot-bot', startUrl: 'https://bot.example/api/v1/typebots/t1/startChat' },
    says: both('t1 (Typebot)'),
  },
  { node: connection, says: ['eag123 (recordings)', 'eag123 (записи)'] },
  {
    node: { type: 'bitlane-store', backend: 'redis' },
    says: ['Bitlane store (Redis)', 'Хранилище Bitlane (Redis)'],
  },
  {
    node: { type: 'bitrix-in', portal: 'p', bot: 'b', kinds: ['message', 'command'] },
    says: ['messages for Echo', 'сообщения для Echo'],
  },
  {
    node: { type: 'bitrix-in', portal: 'p', bot: 'b', kinds: 'command' },
    says: ['commands for Echo', 'команды для Echo'],
  },
  {
    node: { type: 'bitrix-in', portal: 'p', bot: 'b', kinds: ['reaction', 'join'] },
    says: ['events of Echo', 'события Echo'],
  },
  {
    node: { type: 'bitrix-in', portal: 'p', bot: '', kinds: ['message'] },
    says: ['messages for every bot of shop.bitrix24.com', 'сообщения для всех ботов shop.bitrix24.com'],
  },
  { node: { type: 'bitrix-imbot-reply', bot: '', as: 'auto' }, says: ['reply', 'ответить'] },
  {
    node: { type: 'bitrix-imbot-reply', bot: 'b', as: 'auto' },
    says: ['reply as Echo', 'ответить от имени Echo'],
  },
  {
    node: { type: 'bitrix-imbot-reply', bot: 'b', as: 'system' },
    says: ['note of Echo', 'заметка от имени Echo'],
  },
  {
    node: { type: 'bitrix-openline', action: 'operator' },
    says: ['call an operator', 'позвать оператора'],
  },
  {
    node: { type: 'bitrix-openline', action: 'transfer', target: 'queue3', targetType: 'str' },
    says: ['give to queue3', 'передать: queue3'],
  },
  {
    node: { type: 'bitrix-openline', action: 'transfer', target: 'payload', targetType: 'msg' },
    says: ['give to a person', 'передать диалог'],
  },
  {
    node: { type: 'bitrix-openline', action: 'silent', silent: 'off' },
    says: ['end the silent mode', 'выключить скрытый режим'],
  },
  { node: { type: 'bitrix-file', action: 'upload' }, says: ['send a file', 'отправить файл'] },
  {
    node: { type: 'bitrix-rest', mode: 'call', method: 'crm.deal.get' },
    says: both('crm.deal.get'),
  },
  {
    node: { type: 'bitrix-rest', mode: 'list', method: 'crm.deal.list' },
    says: ['all pages of crm.deal.list', 'все страницы crm.deal.list'],
  },
  {
    node: { type: 'bitrix-rest', mode: 'batch', method: 'left.from.before' },
    says: ['many calls at once', 'много вызовов сразу'],
  },
  {
    node: { type: 'voximplant-calls', portal: 'p' },
    says: ['calls of shop.bitrix24.com', 'звонки: shop.bitrix24.com'],
  },
  {
    node: { type: 'openline-chats', portal: 'p' },
    says: ['chats of shop.bitrix24.com', 'чаты: shop.bitrix24.com'],
  },
  { node: { type: 'dify-chatflow', app: 'a' }, says: ['ask Order desk', 'спросить: Order desk'] },
  { node: { type: 'dify-workflow', app: 's' }, says: ['run dify.example', 'запустить: dify.example'] },
  {
    node: { type: 'typebot-chat', bot: 't' },
    says: ['talk with order-bot (Typebot)', 'беседа с ботом order-bot (Typebot)'],
  },
  { node: { type: 'session-store', operation: 'load' }, says: ['load the session', 'загрузить беседу'] },
  {
    node: { type: 'session-store', operation: 'delete' },
    says: ['delete the session', 'удалить беседу'],
  },
  {
    node: { type: 'speechsense-upload-audio', connection: 'c' },
    says: ['recordings to eag123', 'записи в eag123'],
  },
  {
    node: { type: 'speechsense-upload-text', connection: 'c' },
    says: ['chats to eag123', 'чаты в eag123'],
  },
  {
    node: { type: 'speechsense-talks', action: 'search' },
    says: ['search talks', 'найти разговоры'],
  },
];

/** What the editor gives to a node that comes from the palette, where the label depends on it. */
const asDropped: Readonly<Record<string, Properties>> = {
  'bitrix-file': { action: 'download' },
  'bitrix-openline': { action: 'operator' },
  'session-store': { operation: 'load' },
  'speechsense-talks': { action: 'wait' },
};

describe('the label of a node without a name', () => {
  it('is tried for every node', () => {
    const tried = new Set(cases.map(({ node }) => node['type']));
    assert.deepEqual(
      registeredNodes()
        .map(({ type }) => type)
        .filter((type) => !tried.has(type)),
      [],
    );
  });

  for (const [place, language] of languages.entries()) {
    for (const { node, says } of cases) {
      it(`${String(node['type'])} says in ${language}: ${says[place]}`, () => {
        const label = openEditor(language).labelOf(node);
        assert.equal(label, says[place]);
        assert.ok(!label.includes(secret));
      });
    }
  }

  it('gives way to a name', () => {
    for (const { node } of cases) {
      const label = openEditor('en-US').labelOf({ ...node, name: 'Mine' });
      assert.ok(label.startsWith('Mine'), label);
    }
  });

  for (const language of languages) {
    it(`says in ${language} what the node is for while nothing is chosen yet, and not its type`, () => {
      for (const { type, isConfig } of registeredNodes()) {
        const label = openEditor(language).labelOf({ ...asDropped[type], type });
        assert.notEqual(label, '', type);
        assert.notEqual(label, type);
        if (language === 'ru' && !isConfig) assert.match(label, /[а-яё]/i, type);
      }
    });
  }
});

describe('the outputs of a node', () => {
  for (const node of registeredNodes()) {
    const count = at(readNodeFiles(node).definition, 'outputs');
    if (typeof count !== 'number' || count < 2) continue;

    it(`of ${node.type} are named in both languages, each by a name of its own`, () => {
      for (const language of languages) {
        const labels: string[] = [...Array(count).keys()].map((index) =>
          openEditor(language).outputLabelOf(node.type, index),
        );
        assert.equal(new Set(labels).size, count, labels.join());
        assert.ok(!labels.some((label) => label === '' || label.startsWith(node.type)), labels.join());
      }
    });
  }
});

interface LittleEditor {
  labelOf(node: Properties): string;
  outputLabelOf(type: string, index: number): string;
}

/** What the editor has for labels: the definitions, the nodes by their ids, and the texts of one language. */
function openEditor(language: string): LittleEditor {
  const byId = new Map(configs.map((each) => [each['id'], each]));
  const definitions = new Map<string, unknown>();
  const accept = (): boolean => true;
  const RED = {
    nodes: {
      registerType: (type: string, definition: unknown) => definitions.set(type, definition),
      node: (id: unknown) => byId.get(id) ?? null,
    },
    utils: { getNodeLabel: (node: Properties) => labelOf(node) },
    validators: { number: () => accept, regex: () => accept, typedInput: () => accept },
  };

  function call(type: string, name: string, node: Properties, ...given: unknown[]): string {
    const registered = registeredNodes().find((each) => each.type === type);
    if (!registered) throw new Error(`there is no ${type}`);
    if (!definitions.has(type)) define(registered);
    const told = at(definitions.get(type), name);
    if (typeof told !== 'function') throw new Error(`${type} has no ${name}`);
    const texts = readCatalogue(registered, language);
    const translate = (key: string, values: Properties = {}): string =>
      (texts.get(key) ?? key).replace(/__(\w+?)__/g, (_, value: string) => String(values[value]));
    return String(Reflect.apply(told, { ...node, _: translate }, given));
  }

  function define(node: RegisteredNode): void {
    const script = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(readNodeFiles(node).page)?.[1];
    runInContext(script ?? '', createContext({ RED }));
  }

  const labelOf = (node: Properties): string => call(String(node['type']), 'label', node);
  return { labelOf, outputLabelOf: (type, index) => call(type, 'outputLabels', {}, index) };
}
