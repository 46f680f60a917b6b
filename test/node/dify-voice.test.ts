import assert from 'node:assert/strict';
import { at } from '../../lib/core/fields';
import registerApp from '../../nodes/config/dify-app/dify-app';
import registerChatflow from '../../nodes/dify-chatflow/dify-chatflow';
import registerWorkflow from '../../nodes/dify-workflow/dify-workflow';
import { portalParts, usePortalOfFiles } from './dify-portal';
import { fromDialog, useDifyScene } from './dify-scene';

const voice = { name: 'voice.mp3', bytes: Buffer.from('When do you open?') };
const other = { name: 'second.wav', bytes: Buffer.from('And where?') };
const photo = { name: 'photo.png', bytes: Buffer.from('a picture') };
/** Hears what is written in the recording; nothing in one that is not. */
const speechToText = ({ content }: { content: Buffer }): string => content.toString();
const paragraph = (variable: string) => ({ type: 'paragraph', variable }) as const;
const sentFile = 'File sent: voice.mp3';

describe('voice messages for dify-chatflow', () => {
  const portal = usePortalOfFiles();
  const scene = useDifyScene(
    'dify-chatflow',
    [registerApp, registerChatflow, ...portalParts],
    [
      { name: 'hears', mode: 'advanced-chat', speechToText, form: [paragraph('MESSAGE')] },
      { name: 'deaf', mode: 'advanced-chat' },
    ],
  );
  const lastTurn = () => scene.dify.runs.at(-1)?.turn ?? assert.fail('no run');
  const fileNames = (): string[] => lastTurn().files.map(({ name }) => name);

  it('become the question when nothing was typed, and MESSAGE follows', async () => {
    await scene.deploy({}, portal.options());
    const bitrix = await portal.sent('', voice);
    await scene.ask({ ...fromDialog('chat1', sentFile, bitrix), inputs: { MESSAGE: sentFile } });
    assert.equal(lastTurn().query, 'When do you open?');
    assert.equal(lastTurn().inputs['MESSAGE'], 'When do you open?');
    assert.deepEqual(fileNames(), []);
    assert.equal(scene.dify.callsOf('upload').length, 0);
  });

  it('follow on what was typed; other files go along', async () => {
    await scene.deploy({}, portal.options());
    const bitrix = await portal.sent('Two questions', voice, photo, other);
    await scene.ask({ ...fromDialog('chat1', 'Two questions', bitrix), inputs: { MESSAGE: 'mine' } });
    assert.equal(lastTurn().query, 'Two questions\nWhen do you open?\nAnd where?');
    assert.equal(lastTurn().inputs['MESSAGE'], 'mine');
    assert.deepEqual(fileNames(), ['photo.png']);
  });

  it('do not take the place of what the flow or the person asks', async () => {
    await scene.deploy({}, portal.options());
    const bitrix = await portal.sent('', voice);
    await scene.ask(fromDialog('chat1', 'What does this person want?', bitrix));
    assert.equal(lastTurn().query, 'What does this person want?\nWhen do you open?');
    const typed = await portal.sent(sentFile, voice);
    await scene.ask(fromDialog('chat1', sentFile, typed));
    assert.equal(lastTurn().query, `${sentFile}\nWhen do you open?`);
  });

  for (const [what, settings, app, file] of [
    ['when the app cannot hear', {}, 'deaf', voice],
    ['when it is switched off', { voice: false }, 'hears', voice],
    ['when there is nothing to be heard', {}, 'hears', { ...voice, bytes: Buffer.from(' ') }],
  ] as const) {
    it(`stay files ${what}`, async () => {
      await scene.deploy(settings, { ...portal.options(), app });
      const bitrix = await portal.sent('', file);
      await scene.ask(fromDialog('chat1', sentFile, bitrix));
      assert.equal(lastTurn().query, sentFile);
      assert.deepEqual(fileNames(), ['voice.mp3']);
      assert.deepEqual(lastTurn().files[0]?.uploaded?.content, file.bytes);
    });
  }

  it('stay files when the app refuses them, and that is told', async () => {
    await scene.deploy({}, portal.options());
    const reply = { status: 400, code: 'provider_not_initialize', message: 'No model for speech' };
    scene.dify.script('hears', { on: 'audio-to-text', reply });
    const bitrix = await portal.sent('', voice);
    await scene.ask(fromDialog('chat1', sentFile, bitrix));
    assert.deepEqual(fileNames(), ['voice.mp3']);
    assert.match(scene.warnings().join(), /audio-to-text/);
  });

  it('are heard also where files are not sent along', async () => {
    await scene.deploy({ files: false }, portal.options());
    const bitrix = await portal.sent('', voice, photo);
    await scene.ask(fromDialog('chat1', sentFile, bitrix));
    assert.equal(lastTurn().query, 'When do you open?');
    assert.deepEqual(fileNames(), []);
  });

  it('fill in a form on which the app waits', async () => {
    await scene.deploy({}, portal.options());
    scene.dify.script('hears', 'paused-with-text');
    await scene.ask(fromDialog('chat2', 'order', await portal.sent('order')));
    await scene.ask(fromDialog('chat2', sentFile, await portal.sent('', voice)));
    await scene.ask(fromDialog('chat2', 'Approve', await portal.sent('Approve')));
    const submitted = scene.dify.forms.at(-1)?.submission;
    assert.deepEqual(submitted?.inputs, { comment: 'When do you open?' });
  });
});

describe('voice messages for dify-workflow', () => {
  const portal = usePortalOfFiles();
  const scene = useDifyScene(
    'dify-workflow',
    [registerApp, registerWorkflow, ...portalParts],
    [
      { name: 'hears', mode: 'workflow', speechToText, form: [paragraph('MESSAGE')] },
      { name: 'asks', mode: 'workflow', speechToText, form: [paragraph('query'), paragraph('MESSAGE')] },
    ],
  );
  const lastInputs = () => scene.dify.runs.at(-1)?.turn.inputs ?? assert.fail('no run');

  it('are what MESSAGE says', async () => {
    await scene.deploy({}, portal.options());
    const bitrix = await portal.sent('', voice);
    await scene.ask({ ...fromDialog('chat1', sentFile, bitrix), inputs: { MESSAGE: sentFile } });
    assert.deepEqual(lastInputs(), { MESSAGE: 'When do you open?' });
  });

  it('are the question where the workflow declares a variable for it', async () => {
    await scene.deploy({}, { ...portal.options(), app: 'asks' });
    const bitrix = await portal.sent('Listen', voice);
    await scene.ask({ ...fromDialog('chat1', 'Listen', bitrix), inputs: { MESSAGE: 'Listen' } });
    const heard = 'Listen\nWhen do you open?';
    assert.deepEqual(lastInputs(), { query: heard, MESSAGE: heard });
  });

  it('cost nothing where they are switched off', async () => {
    await scene.deploy({ voice: false }, portal.options());
    const bitrix = await portal.sent('', voice);
    const out = await scene.ask({ ...fromDialog('chat1', sentFile, bitrix), inputs: { MESSAGE: sentFile } });
    assert.equal(at(out, 'error'), undefined);
    assert.deepEqual(lastInputs(), { MESSAGE: sentFile });
  });
});
