import assert from 'node:assert/strict';
import { again, click, file, question, say, sent } from './questions';

const only = (...types: readonly string[]) => ({ allowedFileTypes: { isEnabled: true, types } });

describe('the answer to a question for a file', () => {
  it('is the address of the file', async () => {
    const input = question('file input');
    const [first, second] = [file('a.pdf'), file('b.pdf')];
    assert.deepEqual(
      await say(input, 'here it is', { files: [first, second] }),
      sent('https://files.example/t0ken/a.pdf'),
    );
    assert.equal(second.asked(), 0);
    const several = question('file input', { options: { isMultipleAllowed: true } });
    assert.deepEqual(
      await say(several, '', { files: [first, second] }),
      sent('https://files.example/t0ken/a.pdf, https://files.example/t0ken/b.pdf'),
    );
  });

  it('may be an address that was typed', async () => {
    const several = question('file input', { options: { isMultipleAllowed: true } });
    const both = 'https://a.example/1.pdf,https://b.example/2.pdf.';
    assert.deepEqual(await say(several, both), sent('https://a.example/1.pdf, https://b.example/2.pdf'));
    assert.deepEqual(await say(question('file input'), both), sent('https://a.example/1.pdf'));
  });

  it('is asked for again when it is a text', async () => {
    for (const text of ['later', 'skip', '1', 'пропустить', 'file.pdf', 'ftp://a.example/1.pdf'])
      assert.deepEqual(await say(question('file input'), text), again('file-expected'), text);
    assert.deepEqual(await say(question('file input'), ' '), again('file-expected'));
    assert.deepEqual(await click(question('file input'), ['skip'], 'Skip'), again('file-expected'));
  });

  // Trap 10: nothing at all is an answer here only.
  it('is nothing where the bot goes on without', async () => {
    const skipped = { kind: 'send', message: null };
    const optional = question('file input', { options: { isRequired: false, labels: { skip: 'Not now' } } });
    assert.deepEqual(await click(optional, ['skip'], 'Not now'), skipped);
    for (const text of ['not now', 'NOT NOW!', '1', 'Skip', 'пропустить', 'Без файла.'])
      assert.deepEqual(await say(optional, text), skipped, text);
    assert.deepEqual(await say(optional, 'later'), again('file-expected'));
    const plain = question('file input', { options: { isRequired: false } });
    for (const text of ['skip', 'пропустить', 'Пропустит'])
      assert.deepEqual(await say(plain, text), skipped, text);
    // What stands beside a file is no wish to skip it.
    for (const caption of ['1', 'skip']) {
      const plan = await say(optional, caption, { files: [file('a.png')] });
      assert.deepEqual(plan, sent('https://files.example/t0ken/a.png'), caption);
    }
  });

  // Trap 15: the server looks at how the whole address ends.
  it('ends as the server wants it where only some types will do', async () => {
    const cases: [types: string[], name: string, url: string, toBot: string][] = [
      [['.pdf'], 'a.pdf', 'https://x.example/t/a.pdf', 'https://x.example/t/a.pdf'],
      [['.pdf'], 'a.PDF', 'https://x.example/t/a.PDF', 'https://x.example/t/a.PDF'],
      [['.pdf'], 'a.pdf', 'https://x.example/t/a.pdf?sign=1', 'https://x.example/t/a.pdf?sign=1#.pdf'],
      [['application/pdf'], 'a.pdf', 'https://x.example/t', 'https://x.example/t#.pdf'],
      [['.pdf'], 'a.pdf', 'https://x.example/t#p', 'https://x.example/t#p.pdf'],
      [['image/*'], 'a.jpg', 'https://x.example/a.jpg', 'https://x.example/a.jpg'],
      [['image/jpeg'], 'a.jpg', 'https://x.example/a.jpg', 'https://x.example/a.jpg#.jpeg'],
      [['image/jpg'], 'a.jpeg', 'https://x.example/a.jpeg', 'https://x.example/a.jpeg#.jpg'],
      [['jpg'], 'a.jpeg', 'https://x.example/a.jpeg', 'https://x.example/a.jpeg#.jpg'],
      [['image/*'], 'a.jfif', 'https://x.example/a.jfif', 'https://x.example/a.jfif#.jpeg'],
      [['audio/*'], 'a.oga', 'https://x.example/a.oga', 'https://x.example/a.oga#.ogg'],
      [['.pdf'], 'noname', 'https://x.example/t', 'https://x.example/t'],
      [[], 'a.pdf', 'https://x.example/t?sign=1', 'https://x.example/t?sign=1'],
    ];
    for (const [types, name, url, toBot] of cases) {
      const input = question('file input', { options: only(...types) });
      assert.deepEqual(await say(input, '', { files: [file(name, undefined, url)] }), sent(toBot), url);
    }
    const typed = await say(
      question('file input', { options: only('.pdf') }),
      'https://x.example/a.pdf?sign=1',
    );
    assert.deepEqual(typed, sent('https://x.example/a.pdf?sign=1#.pdf'));
  });

  it('is refused at once only where the server surely would', async () => {
    const plan = async (types: string[], name: string) => {
      const sending = file(name);
      const { kind } = await say(question('file input', { options: only(...types) }), '', {
        files: [sending],
      });
      assert.equal(sending.asked(), kind === 'send' ? 1 : 0);
      return kind;
    };
    for (const types of [['.pdf'], ['pdf', '.DOCX'], ['*.pdf']])
      assert.equal(await plan(types, 'a.png'), 'ask-again');
    for (const name of ['a.pdf', 'a', 'a.jpeg', 'A.JPG'])
      assert.equal(await plan(['.pdf', '.jpg'], name), 'send', name);
    assert.equal(await plan(['.pdf', 'image/*'], 'a.png'), 'send');
  });
});

describe('files beside a text', () => {
  const takes = (options: Record<string, unknown>) => question('text input', { options });
  const on = { isEnabled: true };

  it('are attached where the bot takes them', async () => {
    const input = takes({ attachments: on });
    assert.deepEqual(await say(input, 'look', { files: [file('a.png'), file('b.pdf')] }), {
      kind: 'send',
      message: {
        type: 'text',
        text: 'look',
        attachedFileUrls: ['https://files.example/t0ken/a.png', 'https://files.example/t0ken/b.pdf'],
      },
    });
    assert.deepEqual(await say(input, '', { files: [file('a.ogg')] }), {
      kind: 'send',
      message: { type: 'text', text: '', attachedFileUrls: ['https://files.example/t0ken/a.ogg'] },
    });
  });

  it('are a voice message where the bot takes those', async () => {
    const input = takes({ audioClip: on, attachments: on });
    const voice = { kind: 'send', message: { type: 'audio', url: 'https://files.example/t0ken/v' } };
    for (const [name, mime] of [
      ['v.oga', undefined],
      ['v', 'audio/ogg'],
      ['v.mp3', 'application/octet-stream'],
    ] as const) {
      assert.deepEqual(
        await say(input, '', { files: [file(name, mime, 'https://files.example/t0ken/v')] }),
        voice,
        name,
      );
    }
    const attached = async (text: string, ...names: string[]) => {
      const plan = await say(input, text, { files: names.map((name) => file(name)) });
      return plan.kind === 'send' && plan.message?.type === 'text' && plan.message.attachedFileUrls?.length;
    };
    assert.equal(await attached('listen', 'v.oga'), 1);
    assert.equal(await attached('', 'v.oga', 'w.oga'), 2);
    assert.equal(await attached('', 'v.png'), 1);
  });

  it('are left out where the bot takes none', async () => {
    const picture = file('a.png');
    for (const input of [takes({}), takes({ audioClip: on }), question('email input'), undefined]) {
      assert.deepEqual(await say(input, 'a@b.ru', { files: [picture] }), sent('a@b.ru'));
      assert.deepEqual(await say(input, '', { files: [picture] }), again('text-expected'));
    }
    assert.equal(picture.asked(), 0);
  });

  it('fail together with their address', async () => {
    const broken = { name: 'a.png', url: () => Promise.reject(new Error('no route')) };
    await assert.rejects(say(takes({ attachments: on }), 'x', { files: [broken] }), /no route/);
  });
});
