import assert from 'node:assert/strict';
import { manualClock } from '../../support/manual-clock';
import { at, post, seen, servers, talkTo } from './support';

const start = servers();

const asksText = 'What can I do for you? | ? text input';

describe('sandbox typebot: the start', () => {
  it('greets with the variables that the bot has, by their exact names', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'variables');
    const prefilledVariables = { MESSAGE: 'hi', first_name: 'Ada', DIALOG_ID: 7, TAGS: ['a', 2], OTHER: 'x' };
    assert.match(
      seen(await talk.start({ prefilledVariables })),
      /^MESSAGE: hi\nFIRST_NAME: \nDIALOG_ID: 7\nTAGS: \["a","2"\]\nMessage:  \|/,
    );
    const { variables } = typebot.sessionOf('variables').state;
    assert.deepEqual(variables['TAGS'], ['a', '2']);
    assert.equal('OTHER' in variables, false);
  });

  it('takes the first message only where a question comes before any bubble', async () => {
    const typebot = await start();
    assert.equal(
      seen(await talkTo(typebot, 'asks-first').start({ message: 'tea' })),
      'You wrote: tea | Anything else? | ? text input',
    );
    assert.equal(
      seen(
        await talkTo(typebot, 'greeting').start({
          message: 'tea',
          prefilledVariables: { FIRST_NAME: 'Ada' },
        }),
      ),
      `Hello Ada! | ${asksText}`,
    );
    assert.equal(seen(await talkTo(typebot, 'choice-first').start({ message: 'Sales' })), '? choice input');
    assert.equal(
      seen(await talkTo(typebot, 'stream').start({ message: 'tea' })),
      '{streamOpenAiChatCompletion!} | over',
    );
    assert.deepEqual(
      typebot.results.map(({ answers }) => answers.map(({ content }) => content)),
      [['tea'], [], [], []],
    );
  });

  it('only registers, and keeps to the same rule afterwards', async () => {
    const typebot = await start();
    for (const [bot, expected] of [
      ['asks-first', 'You wrote: tea | Anything else? | ? text input'],
      ['greeting', `Hello ! | ${asksText}`],
    ] as const) {
      const talk = talkTo(typebot, bot);
      const registered = await talk.start({ isOnlyRegistering: true, message: 'dropped' });
      assert.equal(seen(registered), 'over');
      assert.equal(at(registered.json, 'resultId'), undefined);
      assert.equal(at(registered.json, 'typebot', 'publishedAt'), undefined);
      assert.equal(typebot.results.length, bot === 'greeting' ? 1 : 0);
      assert.equal(seen(await talk.say('tea')), expected);
    }
  });

  it('tells what belongs to the bot, and a result only where the conversation goes on', async () => {
    const typebot = await start({ clock: manualClock(Date.UTC(2026, 7, 1)) });
    const { json } = await talkTo(typebot, 'typing').start();
    assert.deepEqual(at(json, 'typebot'), {
      id: typebot.bot('typing').id,
      version: '6.1',
      theme: {},
      settings: {
        general: { isBrandingEnabled: false },
        typingEmulation: {
          enabled: true,
          speed: 200,
          maxDelay: 2,
          delayBetweenBubbles: 1,
          isDisabledOnFirstMessage: false,
        },
      },
      publishedAt: '2026-08-01T00:00:00.000Z',
    });
    assert.equal(at(json, 'resultId'), typebot.results[0]?.id);
    assert.equal(at(json, 'sessionId'), typebot.sessions[0]?.id);
    assert.equal(at((await talkTo(typebot, 'end-on-start').start()).json, 'resultId'), undefined);
  });

  it('honours an earlier result only where the bot remembers', async () => {
    const typebot = await start();
    const talk = talkTo(typebot, 'remembers');
    const resultId = at((await talk.start()).json, 'resultId');
    assert.equal(seen(await talk.say('Ada')), 'Welcome, Ada. | Anything else? | ? text input');
    const again = await talk.start({ resultId });
    assert.equal(seen(again), 'Welcome, Ada. | Anything else? | ? text input');
    assert.equal(at(again.json, 'resultId'), resultId);
    assert.equal(seen(await talk.start({ resultId: 'unknown' })), 'Your name? | ? text input');
    const other = talkTo(typebot, 'end-on-continue');
    const first = await other.start();
    const second = await other.start({ resultId: at(first.json, 'resultId') });
    assert.notEqual(at(second.json, 'resultId'), at(first.json, 'resultId'));
  });

  it('refuses bots that are closed, suspended, not published or not there', async () => {
    const typebot = await start();
    const refused = async (bot: string): Promise<string> => seen(await talkTo(typebot, bot).start());
    assert.equal(await refused('closed'), '400 Back on Monday');
    assert.equal(await refused('suspended'), '403 This bot is now closed');
    assert.equal(await refused('unpublished'), '404 Typebot not found');
    typebot.bot('greeting').state = 'closed';
    assert.equal(await refused('greeting'), '400 This bot is now closed');
    typebot.bot('greeting').state = 'archived';
    assert.equal(await refused('greeting'), '404 Typebot not found');
    assert.equal(
      seen(await post(`${typebot.apiBaseUrl}/v1/typebots/nobody/startChat`)),
      '404 Typebot not found',
    );
    assert.equal(typebot.sessions.length, 0);
  });

  it('looks at the origin where the bot wants that', async () => {
    const typebot = await start();
    const guarded = talkTo(typebot, 'guarded');
    assert.equal(seen(await guarded.start({}, { Origin: 'https://evil.example' })), '403 Origin not allowed');
    assert.match(seen(await guarded.start({}, { Origin: 'https://example.com' })), /text input$/);
    assert.match(seen(await guarded.start()), /text input$/);
    assert.match(
      seen(await talkTo(typebot, 'greeting').start({}, { Origin: 'https://evil.example' })),
      /text input$/,
    );
  });

  it('previews drafts for their users, without a result', async () => {
    const typebot = await start();
    const url = typebot.previewUrl('unpublished');
    assert.equal(seen(await post(url)), '401 You must be authenticated to access this resource');
    const Authorization = `Bearer ${typebot.token}`;
    assert.match(seen(await post(url, { sessionId: 'mine' }, { Authorization })), /text input$/);
    assert.equal(typebot.sessions[0]?.id, 'mine');
    const helped = await post(
      typebot.previewUrl('commands'),
      { startFrom: { type: 'group', groupId: 'help' } },
      { Authorization },
    );
    assert.equal(seen(helped), 'Just write your name. | over');
    assert.equal(typebot.results.length, 0);
  });

  it('adds what is to be injected as the first action', async () => {
    const { json } = await talkTo(await start(), 'ignored-actions').start();
    assert.deepEqual(at(json, 'clientSideActions', 0), {
      type: 'startPropsToInject',
      startPropsToInject: { googleAnalyticsId: 'G-1', gtmId: 'GTM-1' },
    });
  });
});
