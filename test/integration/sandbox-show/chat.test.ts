import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import { useStage } from './support';

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
        ['helper', '0 Echo bot', true],
        ['nobody', '1 Dify chatflow bot', false],
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

  it('lets Olga take the dialog, answer and finish, and the bot begin anew', async () => {
    const { act, chat } = stage();
    await act('say', { text: 'A person, please' });
    await act('take');
    assert.deepEqual(at(await chat(), 'holder'), { kind: 'person', name: 'Olga Operator' });
    await act('answer', { text: 'I am here' });
    assert.equal(said(await chat()).at(-1), 'staff: I am here');
    await act('finish');
    assert.deepEqual(at(await chat(), 'holder'), { kind: 'none' });
    await act('say', { text: 'One more thing' });
    assert.deepEqual(at(await chat(), 'holder'), { kind: 'bot' });
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
