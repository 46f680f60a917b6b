import assert from 'node:assert/strict';
import { at } from '../../lib/core/fields';
import registerApp from '../../nodes/config/dify-app/dify-app';
import registerStore from '../../nodes/config/bitlane-store/bitlane-store';
import registerChatflow from '../../nodes/dify-chatflow/dify-chatflow';
import registerWorkflow from '../../nodes/dify-workflow/dify-workflow';
import type { ScenarioPlan, Step } from '../../sandbox/dify';
import { until } from '../support/until';
import { asking, click, comment, labelsOf, lastForm, textsOf } from './dify-form-views';
import { fromDialog, useDifyScene } from './dify-scene';

const actions = [{ id: 'send', title: 'Send' }];
/** Nothing is said before somebody listens: otherwise it depends on the moment how much is heard. */
const listenFirst = (step: Step): Step[] =>
  step.kind === 'resumed' ? [{ kind: 'await-listener' }, step] : [step];
const steps: ScenarioPlan['steps'] = (usual) => usual.flatMap(listenFirst);
const withComment = { ...asking({ inputs: [comment], actions }), steps };

for (const [type, register, mode] of [
  ['dify-chatflow', registerChatflow, 'advanced-chat'],
  ['dify-workflow', registerWorkflow, 'workflow'],
] as const) {
  describe(`an event that has submitted a form of ${type} and is handed out again`, () => {
    const scene = useDifyScene(type, [registerApp, registerStore, register], [{ name: 'app', mode }]);
    const nodes = [{ id: 'mine', type: 'bitlane-store', folder: `again-${type}` }];
    const deploy = () => scene.deploy({ store: 'mine' }, { nodes });
    const event = (dialog: string, eventId: string, text: string) =>
      fromDialog(dialog, text, { eventId, kind: 'message' });
    /** When the run is over, Dify repeats what it had said before the pause. */
    const wholeAnswer = mode === 'workflow' ? /has run/ : /^(?:You)? said: \*\*order/;
    const submissions = () => scene.dify.callsOf('form-submit').length;

    for (const how of ['words', 'a button'] as const) {
      it(`finds the run that went on after ${how} while the node was deployed`, async () => {
        await deploy();
        const gate = scene.dify.hold('app', 'before-end');
        scene.dify.script('app', how === 'words' ? withComment : { like: 'paused', steps });
        const dialog = `deploy ${how}`;
        const asked = await scene.ask(event(dialog, 'e1', 'order'));
        const runs = scene.dify.runs.length;
        const said = {
          ...event(dialog, 'e2', 'Approve'),
          ...(how === 'words' ? {} : click(asked)),
        };
        scene.send({ ...said });
        await until(() => scene.seen.progress.length > 0, 'a part of the answer');
        await scene.unload();
        await deploy();
        gate.open();
        const again = await scene.ask({ ...said });
        assert.equal(at(again, 'error'), undefined);
        assert.equal(at(again, 'dify', 'paused'), false);
        assert.equal(at(again, 'dify', 'workflowRunId'), at(asked, 'dify', 'workflowRunId'));
        assert.match(textsOf(again).join(), wholeAnswer);
        assert.equal(scene.dify.runs.length, runs);
      });
    }

    it('submits it when Dify never heard of it', async () => {
      await deploy();
      scene.dify.script('app', withComment, { on: 'form-submit', raw: () => undefined });
      await scene.ask(event('unheard', 'e1', 'order'));
      const before = submissions();
      scene.send(event('unheard', 'e2', 'At the door'));
      await until(() => submissions() > before, 'the submission');
      await scene.unload();
      await deploy();
      assert.equal(lastForm(scene).submission, undefined);
      const again = await scene.ask(event('unheard', 'e2', 'At the door'));
      assert.equal(at(again, 'dify', 'paused'), false);
      assert.deepEqual(lastForm(scene).submission?.inputs, { comment: 'At the door' });
    });

    it('is answered once more when its answer was lost behind the node; another event is a question', async () => {
      await deploy();
      scene.dify.script('app', withComment);
      await scene.ask(event('lost', 'e1', 'order'));
      const runs = scene.dify.runs.length;
      const done = await scene.ask(event('lost', 'e2', 'At the door'));
      const again = await scene.ask(event('lost', 'e2', 'At the door'));
      for (const answer of [done, again]) assert.match(textsOf(answer).join(), wholeAnswer);
      assert.equal(scene.dify.runs.length, runs);
      await scene.ask(event('lost', 'e3', 'At the door'));
      assert.equal(scene.dify.runs.length, runs + 1);
    });

    it('is told of the next form of its run, if there is one', async () => {
      await deploy();
      scene.dify.script('app', 'paused-twice');
      await scene.ask(event('twice', 'e1', 'order'));
      await scene.ask(event('twice', 'e2', 'approve'));
      const again = await scene.ask(event('twice', 'e2', 'approve'));
      assert.deepEqual(textsOf(again), ['Second question?']);
    });

    it('starts no run with its words when the run has failed', async () => {
      await deploy();
      scene.dify.script('app', { ...withComment, answer: { pieces: ['So'], error: 'Node LLM run failed' } });
      await scene.ask(event('failed', 'e1', 'order'));
      const runs = scene.dify.runs.length;
      for (let time = 0; time < 2; time += 1) {
        const failed = await scene.ask(event('failed', 'e2', 'At the door'));
        assert.equal(at(failed, 'error', 'code'), 'DIFY_FAILED');
      }
      assert.equal(scene.dify.runs.length, runs);
    });

    it('does not cost the form when Dify cannot take it now', async () => {
      await deploy();
      scene.dify.script('app', withComment, {
        on: 'form-submit',
        reply: { status: 500, code: 'x', message: 'no' },
      });
      await scene.ask(event('down', 'e1', 'order'));
      const failed = await scene.ask(event('down', 'e2', 'one'));
      assert.equal(at(failed, 'error', 'code'), 'DIFY_REFUSED');
      await scene.ask(event('down', 'e3', 'two'));
      assert.deepEqual(lastForm(scene).submission?.inputs, { comment: 'two' });
    });
  });

  describe(`the way out of a form of ${type}`, () => {
    const scene = useDifyScene(type, [registerApp, register], [{ name: 'app', mode }]);
    const file = { type: 'file', name: 'passport' } as const;

    it('is the fifth message in a row that it cannot take', async () => {
      await scene.deploy({});
      scene.dify.script('app', asking({ inputs: [file], actions }));
      await scene.ask(fromDialog('file', 'order'));
      const runs = scene.dify.runs.length;
      for (const text of ['cancel', 'stop', 'I have none', 'operator']) {
        const again = await scene.ask(fromDialog('file', text));
        assert.equal(at(again, 'dify', 'paused'), true);
      }
      assert.equal(scene.dify.runs.length, runs);
      const out = await scene.ask(fromDialog('file', 'What does it cost?'));
      assert.equal(at(out, 'dify', 'paused'), false);
      assert.equal(scene.dify.runs.length, runs + 1);
      await scene.ask(fromDialog('file', 'Thanks'));
      assert.equal(scene.dify.runs.length, runs + 2);
    });

    it('is a session that was reset, also for the messages after it', async () => {
      await scene.deploy(type === 'dify-chatflow' ? { session: 'message' } : {});
      scene.dify.script('app', 'paused');
      const asked = await scene.ask(fromDialog('reset', 'order'));
      const runs = scene.dify.runs.length;
      const session = { key: 'k', isNew: true, isReset: true };
      await scene.ask({ ...fromDialog('reset', 'approve'), session });
      await scene.ask(fromDialog('reset', 'approve'));
      assert.equal(scene.dify.runs.length, runs + 2);
      assert.deepEqual(labelsOf(asked), [['Approve', 'Reject']]);
      assert.equal(lastForm(scene).submission, undefined);
    });
  });
}
