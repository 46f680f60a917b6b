import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../lib/core/fields';
import registerApp from '../../nodes/config/dify-app/dify-app';
import registerChatflow from '../../nodes/dify-chatflow/dify-chatflow';
import registerWorkflow from '../../nodes/dify-workflow/dify-workflow';
import { portalParts, usePortalOfFiles } from './dify-portal';
import { fromDialog, useDifyScene } from './dify-scene';

const typesOf = (message: unknown): (string | undefined)[] =>
  entriesAt(message, 'parts').map((part) => textAt(part, 'type'));

/** Of the choices at the end. */
const labelsOf = (message: unknown): (string | undefined)[] =>
  entriesAt(entriesAt(message, 'parts').at(-1), 'items').map((item) => textAt(item, 'label'));

const shortFields = [
  { type: 'text-input', variable: 'CITY', maxLength: 4 },
  { type: 'text-input', variable: 'crm_token', maxLength: 4 },
] as const;
const tooLong = { CITY: 'Vologda' };

describe('what dify-chatflow says beside the answer', () => {
  const portal = usePortalOfFiles();
  const scene = useDifyScene(
    'dify-chatflow',
    [registerApp, registerChatflow, ...portalParts],
    [
      { name: 'plain', mode: 'advanced-chat' },
      { name: 'helpful', mode: 'advanced-chat', suggestedAfterAnswer: ['How much?', 'Where?'] },
      {
        name: 'polite',
        mode: 'advanced-chat',
        openingStatement: 'Good day, {{FIRST_NAME}}!',
        suggestedQuestions: ['When do you open?'],
        form: [{ type: 'paragraph', variable: 'FIRST_NAME' }],
      },
      {
        name: 'short',
        mode: 'advanced-chat',
        speechToText: () => 'spoken',
        form: shortFields,
      },
    ],
  );

  describe('suggested questions', () => {
    it('are choices behind the answer', async () => {
      await scene.deploy({}, { app: 'helpful' });
      const out = await scene.ask(fromDialog('chat1', 'hello'));
      assert.deepEqual(typesOf(out), ['text', 'choices']);
      assert.deepEqual(labelsOf(out), ['How much?', 'Where?']);
      assert.match(String(out.payload), /You said: \*\*hello\*\*/);
    });

    it('never cost the answer', async () => {
      await scene.deploy({}, { app: 'helpful' });
      const reply = { status: 403, code: 'forbidden', message: 'not today' };
      scene.dify.script('helpful', { on: 'suggested', reply });
      const out = await scene.ask(fromDialog('chat1', 'hello'));
      assert.deepEqual(typesOf(out), ['text']);
      assert.match(scene.warnings().join(), /not today/);
    });

    for (const [what, settings, app, scenario] of [
      ['when the app suggests none', {}, 'plain', 'plain'],
      ['when they are switched off', { suggestions: false }, 'helpful', 'plain'],
      ['while the app waits for a form', {}, 'helpful', 'paused'],
      ['after an empty answer', {}, 'helpful', 'null-outputs'],
    ] as const) {
      it(`are not asked for ${what}`, async () => {
        await scene.deploy(settings, { app });
        scene.dify.script(app, scenario);
        const before = scene.dify.callsOf('suggested').length;
        const { error } = await scene.ask(fromDialog('chat9', 'hello'));
        assert.equal(error, undefined);
        assert.equal(scene.dify.callsOf('suggested').length, before);
        await scene.unload();
      });
    }

    it('come behind the answer to a form as well', async () => {
      await scene.deploy({}, { app: 'helpful' });
      scene.dify.script('helpful', 'paused');
      await scene.ask(fromDialog('chat2', 'order'));
      const out = await scene.ask(fromDialog('chat2', 'approve'));
      assert.equal(at(out, 'dify', 'paused'), false);
      assert.deepEqual(labelsOf(out), ['How much?', 'Where?']);
    });
  });

  describe('the opening statement', () => {
    const joined = (dialogId: string) => ({
      ...fromDialog(dialogId, 'ONIMBOTJOINCHAT', { kind: 'join' }),
      inputs: { FIRST_NAME: 'Anna', event: 'ONIMBOTJOINCHAT' },
    });

    it('greets who joins, with the questions of the app and without a run', async () => {
      await scene.deploy({}, { app: 'polite' });
      const before = scene.dify.runs.length;
      const out = await scene.ask(joined('chat1'));
      assert.equal(out.payload, 'Good day, Anna!');
      assert.equal(out.format, 'markdown');
      assert.deepEqual(labelsOf(out), ['When do you open?']);
      assert.deepEqual(at(out, 'dify'), {
        citations: [],
        files: [],
        outputs: {},
        paused: false,
        conversationReset: false,
      });
      assert.equal(scene.dify.runs.length, before);
    });

    it('says nothing to a message', async () => {
      await scene.deploy({}, { app: 'polite' });
      const out = await scene.ask(fromDialog('chat1', 'hello', { kind: 'message' }));
      assert.match(String(out.payload), /You said: \*\*hello\*\*/);
    });

    for (const [what, settings, app] of [
      ['has none', {}, 'plain'],
      ['has one that is not wanted', { opening: false }, 'polite'],
    ] as const) {
      it(`of an app that ${what} leaves the joining to the app`, async () => {
        await scene.deploy(settings, { app });
        const out = await scene.ask(joined('chat3'));
        assert.match(String(out.payload), /You said: \*\*ONIMBOTJOINCHAT\*\*/);
      });
    }
  });

  it('names the documents behind an answer when that is wanted', async () => {
    await scene.deploy({ citations: true });
    scene.dify.script('plain', 'citations');
    const named = await scene.ask(fromDialog('chat4', 'Where is it?'));
    assert.equal(named.payload, 'It is in the handbook.\n\n1. handbook.pdf\n2. prices.pdf');
    await scene.unload();
    await scene.deploy({});
    scene.dify.script('plain', 'citations');
    const silent = await scene.ask(fromDialog('chat4', 'Where is it?'));
    assert.equal(silent.payload, 'It is in the handbook.');
    assert.equal(entriesAt(silent, 'dify', 'citations').length, 3);
  });

  describe('a value that is too long', () => {
    const everythingSent = (): number => scene.dify.calls.filter(({ method }) => method === 'POST').length;

    it('is cut, and that is told', async () => {
      await scene.deploy({}, { app: 'short' });
      await scene.ask({ ...fromDialog('chat5', 'hi'), inputs: tooLong });
      assert.equal(scene.dify.runs.at(-1)?.turn.inputs['CITY'], 'Volo');
      assert.match(scene.warnings().join(), /CITY was cut to 4/);
    });

    it('is an error before anything is sent, when that is chosen', async () => {
      await scene.deploy({ tooLong: 'refuse' }, { ...portal.options(), app: 'short' });
      const before = everythingSent();
      const files = [{ name: 'voice.mp3' }, { name: 'photo.png' }];
      const bitrix = await portal.sent('', ...files);
      const { error } = await scene.ask({ ...fromDialog('chat5', 'hi', bitrix), inputs: tooLong });
      assert.equal(at(error, 'code'), 'DIFY_INPUT_LONG');
      assert.match(textAt(error, 'message') ?? '', /CITY is longer than 4/);
      assert.equal(everythingSent(), before);
    });

    for (const setting of ['cut', 'refuse']) {
      it(`is never cut when it is a token or JSON (${setting})`, async () => {
        await scene.deploy({ tooLong: setting }, { app: 'short' });
        const before = everythingSent();
        for (const inputs of [{ crm_token: 'marker-token' }, { CITY: '{"marker":1}' }]) {
          const { error } = await scene.ask({ ...fromDialog('chat5', 'hi'), inputs });
          assert.equal(at(error, 'code'), 'DIFY_INPUT_LONG');
          assert.ok(!JSON.stringify([error, at(error, 'message')]).includes('marker'));
        }
        assert.equal(everythingSent(), before);
      });
    }
  });
});

describe('a value that is too long for dify-workflow', () => {
  const scene = useDifyScene(
    'dify-workflow',
    [registerApp, registerWorkflow],
    [{ name: 'short', mode: 'workflow', form: shortFields }],
  );

  it('is cut, or an error when that is chosen', async () => {
    await scene.deploy({});
    await scene.ask({ ...fromDialog('chat1', 'hi'), inputs: tooLong });
    assert.equal(scene.dify.runs.at(-1)?.turn.inputs['CITY'], 'Volo');
    await scene.unload();
    await scene.deploy({ tooLong: 'refuse' });
    const before = scene.dify.runs.length;
    const { error } = await scene.ask({ ...fromDialog('chat1', 'hi'), inputs: tooLong });
    assert.equal(at(error, 'code'), 'DIFY_INPUT_LONG');
    assert.equal(scene.dify.runs.length, before);
  });

  it('is asked about in a setting that has two answers only', async () => {
    await scene.deploy({ tooLong: 'stretch' });
    const { error } = await scene.ask(fromDialog('chat1', 'hi'));
    assert.equal(at(error, 'code'), 'CONFIG_INVALID');
  });
});
