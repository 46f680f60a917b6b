import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import { entriesAt, textAt } from '../../../lib/core/fields';
import { shippedFlows } from '../../../sandbox/node-red';

const nodes = shippedFlows('en');
const node = (id: string): unknown => nodes.find((one) => textAt(one, 'id') === id);

/** What a function of the flows makes of a message in a dialog of this language. */
function run(id: string, language: string, more: object = {}): unknown {
  const msg = { payload: 'abc', files: [], bitrix: { kind: 'message', language }, ...more };
  return runInNewContext(`(function (msg) {${textAt(node(id), 'func')}})(msg)`, { msg });
}

/** The words of a node for a client or a colleague, each with the one that tells what kind of value it holds. */
const typedWords = [
  ['text', 'textType'],
  ['note', 'noteType'],
  ['failureText', 'failureTextType'],
] as const;

const inBoth = /bitrix\.language = "ru" \? "[^"]*[а-яё][^"]*" : "[^"а-яё]+"/i;

describe('the sentences of the shipped flows', () => {
  it('are in the language of the dialog', () => {
    assert.equal(textAt(run('bitlane-echo-answer', 'en'), 'payload'), 'You wrote: abc');
    assert.equal(textAt(run('bitlane-echo-answer', 'ru'), 'payload'), 'Вы написали: abc');
    assert.equal(textAt(run('bitlane-echo-answer', 'de'), 'payload'), 'You wrote: abc');
    const buttons = entriesAt(entriesAt(run('bitlane-handover-bot', 'ru'), 'parts')[1], 'items');
    assert.deepEqual(
      buttons.map((button) => [textAt(button, 'label'), textAt(button, 'value')]),
      [['Позвать оператора', 'оператор']],
    );
    const error = { message: 'broken' };
    assert.equal(
      textAt(run('bitlane-handover-why', 'ru', { error }), 'note'),
      'Бот не смог ответить: broken',
    );
    assert.throws(
      () => run('bitlane-handover-bot', 'ru', { payload: 'сломайся' }),
      /бота попросили сломаться/,
    );
    const files = [{ name: 'a.txt', type: 'text/plain', size: 3 }];
    const listed = textAt(run('bitlane-files-describe', 'ru', { files }), 'payload');
    assert.equal(listed, 'Спасибо, вот что пришло:\na.txt: text/plain, 3 байт');
  });

  it('are nowhere in English alone', () => {
    const isOurs = (one: unknown): boolean => /^(?:bitrix|dify|typebot)-/.test(textAt(one, 'type') ?? '');
    const fields = nodes
      .filter(isOurs)
      .flatMap((one) =>
        typedWords.map(([words, kind]) => ({ words: textAt(one, words) ?? '', kind: textAt(one, kind) })),
      )
      .filter(({ words, kind }) => words !== '' && kind !== 'msg');
    assert.ok(fields.length > 3);
    for (const { words, kind } of fields) {
      assert.equal(kind, 'jsonata', words);
      assert.match(words, inBoth);
    }
    const rules = nodes
      .filter((one) => textAt(one, 'type') === 'change')
      .flatMap((change) => entriesAt(change, 'rules'))
      .filter((rule) => / /.test(textAt(rule, 'to') ?? ''));
    assert.ok(rules.length > 1);
    for (const rule of rules) assert.match(textAt(rule, 'to') ?? '', inBoth);
  });

  it('are found by a comment in each flow that has some', () => {
    const speaking = nodes.filter((one) => {
      const words = ['func', 'text', 'note', 'failureText'].map((name) => textAt(one, name) ?? '').join('\n');
      return /bitrix\.language/.test(words + JSON.stringify(entriesAt(one, 'rules')));
    });
    assert.ok(speaking.length > 7);
    for (const one of speaking) {
      const beside = nodes.filter(
        (other) => textAt(other, 'type') === 'comment' && textAt(other, 'z') === textAt(one, 'z'),
      );
      const told = beside.map((other) => textAt(other, 'info') ?? '').join('\n');
      assert.ok(told.includes(`*${textAt(one, 'name')}*`), `nobody is told of "${textAt(one, 'name')}"`);
    }
  });
});

describe('the flows of the sandbox', () => {
  it('tell SpeechSense the language of the machine', () => {
    for (const [language, code] of [
      ['en', 'en-US'],
      ['ru', 'ru-RU'],
    ] as const) {
      const connections = shippedFlows(language).filter(
        (one) => textAt(one, 'type') === 'speechsense-connection',
      );
      assert.ok(connections.length > 1);
      for (const connection of connections) assert.equal(textAt(connection, 'language'), code);
    }
  });

  it('can be told apart in one editor, and so can their bots', () => {
    const named = (type: string, name: string): string[] =>
      nodes.filter((one) => textAt(one, 'type') === type).map((one) => textAt(one, name) ?? '');
    const tabs = named('tab', 'label');
    assert.ok(tabs.includes('SpeechSense 1 Call sync') && tabs.includes('BitBot 0 Echo bot'), tabs.join());
    for (const names of [tabs, named('bitrix-bot', 'name')]) assert.equal(new Set(names).size, names.length);
  });
});
