import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import { viaWebhook } from '../sandbox-portal/support';
import { secrets, useStage } from './support';

const said = (view: unknown): string[] =>
  entriesAt(view, 'messages').map((message) => `${textAt(message, 'author')}: ${textAt(message, 'text')}`);

describe('the chat page of the sandbox', () => {
  const stage = useStage();

  it('shows what the client says and what the bot answers', async () => {
    const { act, botSays, chat } = stage();
    assert.equal((await act('say', { text: 'Hello' })).status, 200);
    await botSays('Good day');
    assert.deepEqual(said(await chat()), ['client: Hello', 'bot: Good day']);
    assert.deepEqual(at(await chat(), 'holder'), { kind: 'bot' });
  });

  it('tells which channels have a bot, and keeps the dialogs of two apart', async () => {
    const { act, chat } = stage();
    await act('say', { text: 'Hello' });
    const view = await chat('nobody');
    assert.deepEqual(said(view), []);
    assert.deepEqual(
      entriesAt(view, 'channels').map((channel) => [
        textAt(channel, 'code'),
        textAt(channel, 'flow'),
        at(channel, 'isReady'),
      ]),
      [
        ['helper', 'BitBot 0 Echo bot', true],
        ['nobody', 'BitBot 1 Dify chatflow bot', false],
      ],
    );
  });

  it('has a channel for a bot that somebody has made', async () => {
    const { portal, act, chat } = stage();
    portal.addBot({ code: 'mine', name: 'My own bot', api: 'v2', eventMode: 'fetch' });
    const view = await chat('mine');
    assert.deepEqual(entriesAt(view, 'channels').at(-1), {
      code: 'mine',
      title: 'My own bot',
      isReady: true,
    });
    await act('say', { channel: 'mine', text: 'Are you mine?' });
    assert.deepEqual(said(await chat('mine')), ['client: Are you mine?']);
    assert.deepEqual(said(await chat('helper')), []);
  });

  it('sends a file with its bytes, and gives it back as a download', async () => {
    const { post, get, chat } = stage();
    const bytes = Buffer.from([0, 1, 2, 253, 254, 255]);
    await post('/api/file?channel=helper&name=table.bin', bytes, { 'Content-Type': 'application/x-own' });
    const [file] = entriesAt(entriesAt(await chat(), 'messages')[0], 'files');
    assert.equal(textAt(file, 'name'), 'table.bin');
    const answer = await get(`/api/file?id=${textAt(file, 'id')}`);
    assert.deepEqual(answer.bytes, bytes);
    assert.equal(answer.headers['content-disposition'], 'attachment');
    assert.equal(answer.headers['content-length'], '6');
    assert.equal((await get('/api/file?id=999999')).status, 404);
  });

  it('presses a button, and says what cannot be pressed', async () => {
    const { act, botSays, chat } = stage();
    await act('say', { text: 'Hello' });
    const keyboard = { BUTTONS: [{ TEXT: 'Prices', ACTION: 'SEND', ACTION_VALUE: 'What are the prices?' }] };
    await botSays('Choose', { keyboard });
    const message = entriesAt(await chat(), 'messages').at(-1);
    assert.deepEqual(at(message, 'buttons'), [[{ text: 'Prices' }]]);
    const id = at(message, 'id');
    assert.equal((await act('press', { message: id, button: 'Prices' })).status, 200);
    assert.equal(said(await chat()).at(-1), 'client: What are the prices?');
    const refused = await act('press', { message: id, button: 'Nothing like that' });
    assert.equal(refused.status, 400);
    assert.ok(textAt(refused.body, 'error'));
  });

  it('offers the commands of the bot, and gives them', async () => {
    const { portal, act, chat } = stage();
    const command = { command: 'price', title: { en: 'Price list', ru: 'Цены' }, extranet: true };
    const seller = portal.addBot({
      ...{ code: 'seller', api: 'v2', eventMode: 'fetch' },
      commands: [command, { ...command, command: 'staff', extranet: false }],
    });
    const view = await chat('seller');
    assert.deepEqual(at(view, 'commands'), [{ name: 'price', title: 'Price list', params: '' }]);
    const told = async (name: string): Promise<string | undefined> => {
      const order = { channel: 'seller', name, params: 'all' };
      assert.equal((await act('command', order)).status, 200);
      assert.equal(said(await chat('seller')).at(-1), `client: /${name} all`);
      return seller.queue.at(-1)?.type;
    };
    // Before the bot is in the dialog, and when it is not for clients, it is a text like any other.
    assert.equal(await told('price'), 'ONIMBOTV2MESSAGEADD');
    assert.equal(await told('price'), 'ONIMBOTV2COMMANDADD');
    assert.equal(await told('staff'), 'ONIMBOTV2MESSAGEADD');
  });

  it('has a portal in the language of whoever looks, with people who have names in it', async () => {
    const { portal, post, get, act, chat } = stage();
    await act('say', { text: 'Hello' });
    await act('take');
    const named = async (): Promise<unknown[]> => {
      const view = await chat();
      return [textAt(entriesAt(view, 'messages')[0], 'authorName'), textAt(view, 'holder', 'name')];
    };
    assert.deepEqual(await named(), ['Ann Lee', 'Olga Operator']);
    await post('/api/language?lng=ru', '');
    assert.equal(portal.state.language, 'ru');
    // Another page that is open in another language changes nothing, until something is done in it.
    await get('/api/chat?lng=en');
    assert.deepEqual(await named(), ['Анна Лисицына', 'Ольга Орлова']);
    portal.addBot({ code: 'mine', name: 'Мой бот', api: 'v2', eventMode: 'fetch' });
    await act('say', { channel: 'mine', text: 'Это ты?' });
    assert.equal(textAt(entriesAt(await chat('mine'), 'messages')[0], 'authorName'), 'Анна Лисицына');
    await post('/api/language?lng=en', '');
    assert.equal(portal.state.language, 'en');
    assert.deepEqual(await named(), ['Ann Lee', 'Olga Operator']);
  });

  it('has a bot made in Typebot that speaks as whoever looks, and goes on as it began', async () => {
    const { typebot, post: tell } = stage();
    const post = async (address: string, body: object): Promise<unknown> => {
      const headers = { 'Content-Type': 'application/json' };
      return (await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) })).json();
    };
    const answer = async (start: unknown, text: string): Promise<string> => {
      const address = `${typebot.apiBaseUrl}/v1/sessions/${textAt(start, 'sessionId')}/continueChat`;
      return JSON.stringify(await post(address, { message: { type: 'text', text } }));
    };
    const english = await post(typebot.startUrl(), {});
    await tell('/api/language?lng=ru', '');
    const russian = await post(typebot.startUrl(), {});
    assert.match(JSON.stringify(english), /What brings you here\?/);
    assert.match(JSON.stringify(russian), /Что вас к нам привело\?/);
    assert.match(await answer(russian, 'Просто смотрю'), /Тогда посмотрите:/);
    assert.match(await answer(russian, 'ноль'), /Так не получится/);
    assert.match(await answer(english, 'Just looking'), /Then have a look:/);
  });

  it('lets Olga take the dialog, answer and finish, and the bot begin anew', async () => {
    const { act, chat } = stage();
    await act('say', { text: 'A person, please' });
    await act('take');
    assert.deepEqual(at(await chat(), 'holder'), { kind: 'person', name: 'Olga Operator' });
    await act('answer', { text: 'I am here' });
    assert.equal(said(await chat()).at(-1), 'staff: I am here');
    assert.deepEqual(entriesAt(await chat(), 'finished'), []);
    await act('finish');
    assert.deepEqual(at(await chat(), 'holder'), { kind: 'none' });
    const lastMessage = at(entriesAt(await chat(), 'messages').at(-1), 'id');
    assert.equal(at(entriesAt(await chat(), 'finished')[0], 'lastMessage'), lastMessage);
    await act('say', { text: 'One more thing' });
    assert.deepEqual(at(await chat(), 'holder'), { kind: 'bot' });
    assert.equal(entriesAt(await chat(), 'finished').length, 1);
  });

  it('says as long as a bot has not fetched what has happened', async () => {
    const { portal, bot, act, chat } = stage();
    assert.equal(at(await chat(), 'waits'), false);
    await act('say', { text: 'Hello' });
    assert.equal(at(await chat(), 'waits'), true);
    await viaWebhook(portal, 'imbot.v2.Event.get', { botId: bot.id, botToken: secrets.bot });
    assert.equal(at(await chat(), 'waits'), false);
    await act('say', { text: 'Are you there?' });
    assert.equal(at(await chat(), 'waits'), true);
  });

  it('likes what the bot has said, and shows it', async () => {
    const { act, botSays, chat } = stage();
    await act('say', { text: 'Hello' });
    await botSays('Good day');
    const message = async (): Promise<unknown> => entriesAt(await chat(), 'messages').at(-1);
    assert.deepEqual(at(await message(), 'reactions'), []);
    assert.equal((await act('react', { message: at(await message(), 'id') })).status, 200);
    assert.deepEqual(at(await message(), 'reactions'), ['like']);
  });

  it('edits and deletes what the client has said', async () => {
    const { act, chat } = stage();
    await act('say', { text: 'Helo' });
    const id = at(entriesAt(await chat(), 'messages')[0], 'id');
    await act('edit', { message: id, text: 'Hello' });
    assert.deepEqual(said(await chat()), ['client: Hello']);
    await act('remove', { message: id });
    assert.deepEqual(said(await chat()), []);
  });

  it('refuses an act that there is not', async () => {
    const answer = await stage().act('constructor');
    assert.deepEqual([answer.status, answer.body], [400, { error: 'unknown act' }]);
  });
});
