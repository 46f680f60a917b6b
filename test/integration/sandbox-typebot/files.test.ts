import assert from 'node:assert/strict';
import { keysAt } from '../../../lib/core/fields';
import type { Typebot } from '../../../sandbox/typebot';
import { at, post, retry, seen, servers, talkTo, type JsonAnswer } from './support';

const start = servers();
const picture = 'https://files.example.com/a.png';
const paper = 'https://files.example.com/b.pdf';

describe('sandbox typebot: files', () => {
  it('are addresses', async () => {
    const { after } = talkTo(await start(), 'file');
    assert.match(await after(picture), /^Stored: https:\/\/files\.example\.com\/a\.png \|/);
    assert.match(await after('http://127.0.0.1:1234/f/x'), /^Stored:/);
    assert.match(await after('http://localhost:1234/f/x'), /^Stored:/);
    for (const wrong of ['a photo', 'files.example.com/a.png', 'http://intranet/a.png', null, ''])
      assert.equal(await after(wrong), `${retry} | ? file input`);
  });

  it('are one, unless several are allowed', async () => {
    const typebot = await start();
    const both = `${picture}, ${paper}`;
    assert.match(
      await talkTo(typebot, 'file').after(both),
      /^Stored: https:\/\/files\.example\.com\/a\.png \|/,
    );
    assert.equal(typebot.sessionOf('file').state.variables['ANSWER'], picture);
    await talkTo(typebot, 'files').after(both);
    assert.equal(typebot.sessionOf('files').state.variables['ANSWER'], both);
  });

  it('end with an allowed extension, all of them', async () => {
    const { after } = talkTo(await start(), 'file-limited');
    for (const good of [
      picture,
      paper,
      'https://files.example.com/A.JPG',
      'https://files.example.com/a.jpeg',
    ])
      assert.match(await after(good), /^Stored:/);
    for (const wrong of [
      `${picture}?sign=1`,
      'https://files.example.com/a',
      `${picture}, https://files.example.com/a.zip`,
    ])
      assert.equal(await after(wrong), `${retry} | ? file input`);
  });

  it('can be skipped where they are not required', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'file-optional');
    assert.equal(at((await talk.start()).json, 'input', 'options', 'isRequired'), false);
    assert.equal(seen(await talk.say()), 'Stored:  | Anything else? | ? text input');
    assert.deepEqual(typebot.results[0]?.answers, []);
    assert.equal(await talk.after('Skip'), `${retry} | ? file input`);
  });

  it('can come with a text', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'attachments');
    assert.equal(at((await talk.start()).json, 'input', 'options', 'attachments', 'isEnabled'), true);
    await talk.say({ type: 'text', text: 'Look', attachedFileUrls: [picture] });
    assert.equal(typebot.sessionOf('attachments').state.variables['FILES'], picture);
    await talk.after({ type: 'text', text: 'Look', attachedFileUrls: [picture, paper] });
    assert.deepEqual(typebot.sessionOf('attachments').state.variables['FILES'], [picture, paper]);
    assert.deepEqual(typebot.results[1]?.answers[0]?.attachedFileUrls, [picture, paper]);
  });

  it('can be a voice message where the text input takes one', async () => {
    const typebot = await start();
    const url = 'https://files.example.com/voice.ogg';
    await talkTo(typebot, 'audio-clip').after({ type: 'audio', url });
    assert.equal(typebot.sessionOf('audio-clip').state.variables['VOICE'], url);
    assert.equal(typebot.results[0]?.answers[0]?.content, url);
    assert.equal(await talkTo(typebot, 'choice').after({ type: 'audio', url }), `${retry} | ? choice input`);
  });
});

describe('sandbox typebot: uploads', () => {
  async function askFor(
    typebot: Typebot,
    bot: string,
    more: Record<string, unknown> = {},
  ): Promise<JsonAnswer> {
    const { id: sessionId, state } = typebot.sessionOf(bot);
    const asked = {
      sessionId,
      blockId: state.currentBlockId ?? '',
      fileName: 'a.png',
      fileType: 'image/png',
      fileSize: 3,
    };
    return post(`${typebot.apiBaseUrl}/v3/generate-upload-url`, { ...asked, ...more });
  }

  async function granted(
    typebot: Typebot,
  ): Promise<{ url: string; fileUrl: string; form: Record<string, string> }> {
    await talkTo(typebot, 'file-limited').start();
    const { status, json } = await askFor(typebot, 'file-limited');
    assert.equal(status, 200);
    const form = Object.fromEntries(
      keysAt(json, 'formData').map((key) => [key, String(at(json, 'formData', key))]),
    );
    return { url: String(at(json, 'presignedUrl')), fileUrl: String(at(json, 'fileUrl')), form };
  }

  it('are put as they are, and the bot takes their address', async () => {
    const typebot = await start();
    const { url, fileUrl, form } = await granted(typebot);
    assert.deepEqual(form, {});
    assert.equal((await fetch(fileUrl)).status, 404);
    assert.equal((await fetch(url, { method: 'POST', body: 'abc' })).status, 405);
    assert.equal((await fetch(url, { method: 'PUT', body: 'abc' })).status, 204);
    const stored = await fetch(fileUrl);
    assert.equal(stored.headers.get('content-type'), 'image/png');
    assert.equal(await stored.text(), 'abc');
    assert.equal(typebot.uploads[0]?.content?.toString(), 'abc');
    assert.match(seen(await talkTo(typebot, 'file-limited').say(fileUrl)), /^Stored: /);
    assert.equal(typebot.requestsOf('upload').length, 2);
  });

  it('are sent as a form on older servers', async () => {
    const typebot = await start({ uploads: 'form' });
    const { url, fileUrl, form } = await granted(typebot);
    const sent = async (fields: Record<string, string>): Promise<number> => {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.append(name, value);
      body.append('file', new Blob(['abc'], { type: 'image/png' }), 'a.png');
      return (await fetch(url, { method: 'POST', body })).status;
    };
    assert.equal((await fetch(url, { method: 'PUT', body: 'abc' })).status, 405);
    assert.equal(await sent({}), 400);
    assert.equal(await sent(form), 204);
    assert.equal(await (await fetch(fileUrl)).text(), 'abc');
  });

  it('are granted only while a file is asked for', async () => {
    const typebot = await start();
    for (const [bot, expected] of [
      ['greeting', '400 Current block does not expect file upload'],
      ['end-on-start', "400 Can't find currentBlockId in session state"],
    ] as const) {
      await talkTo(typebot, bot).start();
      assert.equal(seen(await askFor(typebot, bot)), expected);
    }
    await talkTo(typebot, 'attachments').start();
    assert.equal((await askFor(typebot, 'attachments')).status, 200);
    await talkTo(typebot, 'file-limited').start();
    assert.equal(
      seen(await askFor(typebot, 'file-limited', { fileType: 'application/zip' })),
      '400 File type application/zip not allowed',
    );
    assert.equal(
      seen(await askFor(typebot, 'file-limited', { fileSize: 2 ** 21 })),
      '400 File size exceeds the 1MB limit',
    );
    assert.equal(seen(await askFor(typebot, 'file-limited', { sessionId: 'x' })), "400 Can't find session");
    assert.equal(
      seen(await askFor(typebot, 'file-limited', { sessionId: 7 })),
      '400 Input validation failed',
    );
  });

  it('can fail like any call', async () => {
    const typebot = await start();
    typebot.script('file-limited', { on: 'upload', refuse: { status: 413, message: 'Too large' } });
    const { url, fileUrl } = await granted(typebot);
    assert.equal((await fetch(url, { method: 'PUT', body: 'abc' })).status, 413);
    const gate = typebot.hold('file-limited', 'upload');
    const held = fetch(url, { method: 'PUT', body: 'abc' });
    await gate.arrived;
    gate.open();
    assert.equal((await held).status, 204);
    assert.equal((await fetch(fileUrl)).status, 200);
  });

  it('need a storage', async () => {
    const typebot = await start({ uploads: 'off' });
    await talkTo(typebot, 'file').start();
    assert.match(seen(await askFor(typebot, 'file')), /^500 S3 not properly configured/);
  });
});
