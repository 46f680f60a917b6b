import assert from 'node:assert/strict';
import { at } from '../../lib/core/fields';
import { chat, chatFields } from '../integration/speechsense/support';
import { failingNodes } from '../support/failing-nodes';
import { useSpeechSenseScene } from './speechsense-talk-scene';

/** As gRPC counts its statuses. */
const unauthenticated = 16;
const metadata = { ...chatFields, language: 'ru-RU' };

describe('a SpeechSense node, when the service takes no key', () => {
  const scene = useSpeechSenseScene();

  for (const [what, settings, message] of [
    ['an upload', {}, { payload: chat, metadata }],
    ['a search', { type: 'speechsense-talks', action: 'search' }, { payload: {} }],
  ] as const) {
    it(`is a problem until it is deployed with one that is taken: ${what}`, async () => {
      const ask = async (): Promise<unknown> => at(await scene.ask({ ...message }), 'error', 'code');
      await scene.deploy(settings, {}, 'a-key-of-nobody');
      assert.equal(await ask(), 'SPEECHSENSE_AUTH');
      assert.deepEqual(await failingNodes(), ['node SPEECHSENSE_AUTH']);
      await scene.deploy(settings);
      assert.deepEqual(await failingNodes(), []);
      assert.equal(await ask(), undefined);
    });
  }

  it('is a problem until the service takes the key again', async () => {
    await scene.deploy({});
    scene.service.script({ refuse: { code: unauthenticated, message: 'no such key' } });
    assert.equal(at(await scene.ask({ payload: chat, metadata }), 'error', 'code'), 'SPEECHSENSE_AUTH');
    assert.deepEqual(await failingNodes(), ['node SPEECHSENSE_AUTH']);
    await scene.ask({ payload: chat, metadata });
    assert.deepEqual(await failingNodes(), []);
  });
});
