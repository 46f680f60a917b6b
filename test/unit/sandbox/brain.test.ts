import assert from 'node:assert/strict';
import { textAt } from '../../../lib/core/fields';
import { startDify, type Dify, type Turn } from '../../../sandbox/dify';
import { chatflowForm, showBrain, showWorkflow } from '../../../sandbox/web/brain';
import type { Language } from '../../../sandbox/web/language';

describe('the models of the sandbox', () => {
  let dify: Dify;
  before(async () => {
    dify = await startDify();
  });
  after(() => dify.stop());

  const turn = (more: Partial<Turn>): Turn => ({
    ...{ app: dify.app('chatflow'), user: 'somebody', query: '', inputs: {}, files: [] },
    ...{ isFirst: true, autoGenerateName: false },
    ...more,
  });
  const nobody = (): boolean => false;
  const chatflow = (language: Language, query: string, names: readonly string[] = []): string => {
    const files = names.map((name) => ({ type: 'image', method: 'local_file', name }) as const);
    return showBrain(() => language, nobody)(turn({ query, files })).pieces.join('');
  };
  const workflow = (language: Language, message: string): string =>
    showWorkflow(() => language)(turn({ inputs: { MESSAGE: message } })).pieces.join('');

  it('speak as the pages do', () => {
    assert.match(chatflow('en', 'What are the prices?'), /^Our prices/);
    assert.match(chatflow('ru', 'prices'), /^Наши цены/);
    assert.equal(chatflow('ru', 'ok'), 'Вы написали: **ok**');
    assert.equal(chatflow('en', 'ok'), 'You said: **ok**');
    assert.equal(workflow('ru', 'one two'), 'слов: 2\nфайлов: 0');
    assert.equal(workflow('en', 'one two'), 'words: 2\nfiles: 0');
  });

  it('answer Russian words in Russian', () => {
    assert.match(chatflow('en', 'Какие цены?'), /^Наши цены/);
    assert.equal(workflow('en', 'раз два'), 'слов: 2\nфайлов: 0');
  });

  it('promise a person only where the flow calls one', () => {
    const greeting = (language: Language, user: string, query = 'ONIMBOTJOINCHAT'): string =>
      showBrain(
        () => language,
        (one) => one === 'chat7',
      )(turn({ query, user })).pieces.join('');
    assert.match(greeting('ru', 'chat7'), /позвать человека, напишите `оператор`/);
    assert.match(greeting('en', 'chat7', '/help'), /Write `operator` for a person/);
    for (const query of ['ONIMBOTJOINCHAT', '/help']) {
      assert.doesNotMatch(greeting('ru', 'chat8', query), /оператор|человек/);
      assert.doesNotMatch(greeting('en', 'chat8', query), /operator|person/);
    }
  });

  it('answer a call for help with help, and a question of prices without a table', () => {
    assert.match(chatflow('ru', '/help'), /^Я знаю про/);
    assert.match(chatflow('en', '/help'), /^I know/);
    assert.match(workflow('ru', '/help'), /считаю слова/);
    assert.match(chatflow('ru', 'Сколько стоит доставка?'), /курьер[^]*300 ₽/i);
    for (const language of ['en', 'ru'] as const) assert.doesNotMatch(chatflow(language, 'price'), /\|/);
  });

  it('name the outputs of the workflow in the same language', () => {
    const outputs = (language: Language, message: string): unknown =>
      showWorkflow(() => language)(turn({ inputs: { MESSAGE: message } })).outputs;
    assert.deepEqual(outputs('en', 'one two'), { words: 2, files: 0 });
    assert.deepEqual(outputs('ru', 'one two'), { слов: 2, файлов: 0 });
    assert.match(JSON.stringify(outputs('en', '')), /I am a workflow/);
  });

  it('greet by the name that they are told, and repeat the other variables', () => {
    const answer = (language: Language, query: string, inputs: object): string =>
      showBrain(() => language, nobody)(turn({ query, inputs: { ...inputs } })).pieces.join('');
    assert.match(answer('en', 'ONIMBOTJOINCHAT', { FIRST_NAME: 'Ann' }), /^Hello, Ann! I am/);
    assert.match(answer('ru', 'ONIMBOTJOINCHAT', { FIRST_NAME: 'Анна' }), /^Здравствуйте, Анна! Я/);
    assert.match(answer('en', 'ONIMBOTJOINCHAT', { FIRST_NAME: null }), /^Hello! I am/);
    assert.equal(
      answer('en', 'ok', { FIRST_NAME: 'Ann', ORDER_NUMBER: '12', DELIVERY: 'post', ORDER_NOTE: null }),
      'You said: **ok**\n\nI was told:\n- `ORDER_NUMBER`: 12\n- `DELIVERY`: post',
    );
  });

  it('want no variable that the shipped flows do not fill in', () => {
    assert.deepEqual(
      chatflowForm.filter(({ required }) => required === true),
      [],
    );
  });

  it('do not count their greeting as something that was said before', async () => {
    const own = await startDify({
      apps: [{ name: 'own', mode: 'advanced-chat', brain: showBrain(() => 'en', nobody) }],
    });
    try {
      let conversation = '';
      const ask = async (query: string): Promise<string> => {
        const headers = { Authorization: `Bearer ${own.app('own').key}`, 'Content-Type': 'application/json' };
        const body = {
          query,
          inputs: {},
          user: 'u',
          response_mode: 'blocking',
          conversation_id: conversation,
        };
        const request = { method: 'POST', headers, body: JSON.stringify(body) };
        const answer: unknown = await (await fetch(`${own.baseUrl}/chat-messages`, request)).json();
        conversation = textAt(answer, 'conversation_id') ?? '';
        return textAt(answer, 'answer') ?? '';
      };
      assert.match(await ask('ONIMBOTJOINCHAT'), /^Hello!/);
      assert.equal(await ask('one'), 'You said: **one**');
      assert.equal(await ask('two'), 'You said: **two**\n\nI remember 1 earlier message of ours.');
    } finally {
      await own.stop();
    }
  });

  it('do not call the name of a file something that was written', () => {
    assert.equal(chatflow('ru', 'File sent: a.png', ['a.png']), 'Вы прислали: *a.png*');
    const both = chatflow('ru', 'смотрите', ['a.png']);
    assert.equal(both, 'Вы написали: **смотрите**\n\nВы прислали: *a.png*');
  });
});
