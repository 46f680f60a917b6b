import assert from 'node:assert/strict';
import { at } from '../../lib/core/fields';
import { failingNodes } from '../support/failing-nodes';
import { fromDialog, useTypebotScene } from './typebot-scene';

describe('typebot-chat, when its bot answers nobody', () => {
  const scene = useTypebotScene();

  it('is a problem until the bot answers again', async () => {
    await scene.deploy();
    scene.typebot.script('greeting', 'closed-old-shape');
    const failed = await scene.ask(fromDialog('failing', 'Hi'));
    assert.equal(at(failed, 'error', 'code'), 'TYPEBOT_CLOSED');
    assert.deepEqual(await failingNodes(), ['node TYPEBOT_CLOSED']);
    await scene.ask(fromDialog('failing', 'Hi'));
    assert.deepEqual(await failingNodes(), []);
  });
});
