import assert from 'node:assert/strict';
import { at } from '../../lib/core/fields';
import registerApp from '../../nodes/config/dify-app/dify-app';
import registerStore from '../../nodes/config/bitlane-store/bitlane-store';
import registerChatflow from '../../nodes/dify-chatflow/dify-chatflow';
import registerWorkflow from '../../nodes/dify-workflow/dify-workflow';
import { failingNodes } from '../support/failing-nodes';
import { fromDialog, useDifyScene } from './dify-scene';

const byLanguage = {
  failureText: 'bitrix.language = "ru" ? "Минутку, пожалуйста." : "One moment please."',
  failureTextType: 'jsonata',
};
const broken = { failureText: '$error("no words")', failureTextType: 'jsonata' };

for (const [type, register, mode] of [
  ['dify-chatflow', registerChatflow, 'advanced-chat'],
  ['dify-workflow', registerWorkflow, 'workflow'],
] as const) {
  describe(`${type}, when Dify refuses what it comes with`, () => {
    const scene = useDifyScene(type, [registerApp, registerStore, register], [{ name: 'app', mode }]);
    const wrongKey = { credentials: { conf: { apiKey: 'app-of-nobody-that-dify-knows' } } };
    const ask = async (payload: string): Promise<unknown> =>
      at(await scene.ask(fromDialog(`of ${type}`, payload)), 'error', 'code');

    it('is a problem until it answers again, whoever mended it', async () => {
      await scene.deploy({});
      scene.dify.script('app', 'unauthorized');
      assert.equal(await ask('one'), 'DIFY_AUTH');
      assert.deepEqual(await failingNodes(), ['node DIFY_AUTH']);
      assert.equal(await ask('two'), undefined);
      assert.deepEqual(await failingNodes(), []);
    });

    it('is one too when the flow goes on with a sentence instead of the answer', async () => {
      await scene.deploy({ onFailure: 'operator', failureText: 'One moment please' });
      scene.dify.script('app', 'forbidden');
      await ask('one');
      assert.deepEqual(await failingNodes(), ['node DIFY_APP']);
      await ask('two');
      assert.deepEqual(await failingNodes(), []);
    });

    for (const [language, sentence] of [
      ['ru', 'Минутку, пожалуйста.'],
      ['en', 'One moment please.'],
    ] as const) {
      it(`is told to the person by an expression, in a dialog of the language ${language}`, async () => {
        await scene.deploy({ onFailure: 'say', ...byLanguage });
        scene.dify.script('app', 'forbidden');
        const out = await scene.ask(fromDialog(`of ${type}`, 'one', { language }));
        assert.deepEqual(out.parts, [{ type: 'text', text: sentence, format: 'plain' }]);
        assert.deepEqual(out.failure, { code: 'DIFY_APP' });
        assert.equal(scene.warnings().length, 1, 'of the failure alone');
      });
    }

    it('is one too when the expression of its sentence breaks: a warning, and a person comes', async () => {
      await scene.deploy({ onFailure: 'operator', ...broken });
      scene.dify.script('app', 'forbidden');
      const out = await scene.ask(fromDialog(`of ${type}`, 'one'));
      assert.deepEqual([out.payload, out.parts, out.handOver], ['', [], { reason: 'DIFY_APP' }]);
      assert.deepEqual(await failingNodes(), ['node DIFY_APP']);
      assert.match(scene.warnings().join(), /no words/);
    });

    it('reaches the Catch node when there is nothing to say but a broken expression', async () => {
      await scene.deploy({ onFailure: 'say', ...broken });
      scene.dify.script('app', 'forbidden');
      assert.equal(await ask('one'), 'DIFY_APP');
      assert.match(scene.warnings().join(), /no words/);
    });

    it('is one until it is deployed with another key', async () => {
      await scene.deploy({}, wrongKey);
      assert.equal(await ask('one'), 'DIFY_AUTH');
      assert.equal(await ask('two'), 'DIFY_AUTH');
      assert.deepEqual(await failingNodes(), ['node DIFY_AUTH']);
      await scene.unload();
      await scene.deploy({});
      assert.deepEqual(await failingNodes(), []);
    });

    it('is none after a message that Dify could not use', async () => {
      await scene.deploy({});
      scene.dify.script('app', 'input-too-long');
      assert.equal(await ask('one'), 'DIFY_INPUT_LONG');
      assert.deepEqual(await failingNodes(), []);
    });
  });
}
