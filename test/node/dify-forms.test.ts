import assert from 'node:assert/strict';
import { at } from '../../lib/core/fields';
import registerApp from '../../nodes/config/dify-app/dify-app';
import registerStore from '../../nodes/config/bitlane-store/bitlane-store';
import registerChatflow from '../../nodes/dify-chatflow/dify-chatflow';
import registerWorkflow from '../../nodes/dify-workflow/dify-workflow';
import { until } from '../support/until';
import { asking, click, comment, labelsOf, lastForm, textsOf } from './dify-form-views';
import { fromDialog, useDifyScene } from './dify-scene';

const reason = { type: 'paragraph', name: 'reason' } as const;
const twoTexts = asking({ inputs: [comment, reason] });

for (const [type, register, mode] of [
  ['dify-chatflow', registerChatflow, 'advanced-chat'],
  ['dify-workflow', registerWorkflow, 'workflow'],
] as const) {
  describe(`forms on which a run of ${type} waits`, () => {
    const scene = useDifyScene(
      type,
      [registerApp, registerStore, register],
      [
        { name: 'app', mode },
        { name: 'other', mode },
      ],
    );

    it('show their content without its marks, take the next message and then a button', async () => {
      await scene.deploy({});
      const content = 'Shall it go out?\n\nYour comment: {{#$output.comment#}}';
      scene.dify.script('app', asking({ content, inputs: [comment] }));
      const asked = await scene.ask(fromDialog('chat1', 'order'));
      assert.deepEqual(textsOf(asked).slice(-1), ['Shall it go out?\n\nYour comment:']);
      assert.deepEqual(labelsOf(asked), []);
      assert.equal(at(asked, 'dify', 'paused'), true);
      const runs = scene.dify.runs.length;

      const offered = await scene.ask(fromDialog('chat1', 'Looks good'));
      assert.deepEqual(textsOf(offered), ['Shall it go out?\n\nYour comment: Looks good']);
      assert.deepEqual(labelsOf(offered), [['Approve', 'Reject']]);
      assert.equal(at(offered, 'dify', 'paused'), true);
      assert.equal(at(offered, 'dify', 'workflowRunId'), at(asked, 'dify', 'workflowRunId'));

      const done = await scene.ask({ ...fromDialog('chat1', 'Reject'), ...click(offered, 1) });
      assert.equal(at(done, 'error'), undefined);
      assert.equal(at(done, 'dify', 'paused'), false);
      assert.equal(at(done, 'dify', 'workflowRunId'), at(asked, 'dify', 'workflowRunId'));
      const { submission } = lastForm(scene);
      assert.deepEqual([submission?.action.id, submission?.inputs], ['reject', { comment: 'Looks good' }]);
      assert.equal(scene.dify.runs.length, runs);
      await scene.ask(fromDialog('chat1', 'thanks'));
      assert.equal(scene.dify.runs.length, runs + 1);
    });

    it('ask for further fields by their names, and are submitted at once when one button is left', async () => {
      await scene.deploy({});
      const actions = [{ id: 'send', title: 'Send' }];
      scene.dify.script('app', asking({ inputs: [comment, reason], actions }));
      const first = await scene.ask(fromDialog('chat2', 'order'));
      assert.deepEqual(textsOf(first).slice(-2), ['Shall the order go out?', 'comment']);
      const second = await scene.ask(fromDialog('chat2', 'one'));
      assert.deepEqual(textsOf(second), ['reason']);
      const done = await scene.ask(fromDialog('chat2', 'two'));
      assert.equal(at(done, 'dify', 'paused'), false);
      const { submission } = lastForm(scene);
      assert.deepEqual(
        [submission?.action.id, submission?.inputs],
        ['send', { comment: 'one', reason: 'two' }],
      );
    });

    it('with buttons alone are said again to other messages, and start nothing else', async () => {
      await scene.deploy({});
      scene.dify.script('app', 'paused');
      await scene.ask(fromDialog('chat3', 'order'));
      const runs = scene.dify.runs.length;
      const again = await scene.ask(fromDialog('chat3', 'What does it cost?'));
      assert.deepEqual(textsOf(again), ['Shall the order go out?']);
      assert.deepEqual(labelsOf(again), [['Approve', 'Reject']]);
      assert.equal(again.payload, 'Shall the order go out?');
      const elsewhere = await scene.ask(fromDialog('chat4', 'What does it cost?'));
      assert.equal(at(elsewhere, 'dify', 'paused'), false);
      assert.equal(scene.dify.runs.length, runs + 1);
      const done = await scene.ask(fromDialog('chat3', 'approve'));
      assert.equal(at(done, 'dify', 'paused'), false);
      assert.equal(lastForm(scene).submission?.action.id, 'approve');
      assert.equal(scene.dify.runs.length, runs + 1);
    });

    it('are forgotten when their time is up: what is typed is then a question', async () => {
      await scene.deploy({});
      scene.dify.script('app', asking({ inputs: [comment], actions: [{ id: 'send', title: 'Send' }] }));
      await scene.ask(fromDialog('chat5', 'order'));
      scene.dify.expireForm(lastForm(scene));
      const runs = scene.dify.runs.length;
      const out = await scene.ask(fromDialog('chat5', 'Are you there?'));
      assert.equal(at(out, 'error'), undefined);
      assert.equal(scene.dify.runs.length, runs + 1);
      assert.equal(lastForm(scene).submission, undefined);
    });

    it('tell by an error that their button came too late, and then let the dialog go', async () => {
      await scene.deploy({});
      scene.dify.script('app', 'paused');
      const asked = await scene.ask(fromDialog('chat6', 'order'));
      scene.dify.expireForm(lastForm(scene));
      const late = await scene.ask({ ...fromDialog('chat6', 'Approve'), ...click(asked) });
      assert.equal(at(late, 'error', 'code'), 'DIFY_FORM_CLOSED');
      const runs = scene.dify.runs.length;
      await scene.ask(fromDialog('chat6', 'Are you there?'));
      assert.equal(scene.dify.runs.length, runs + 1);
    });

    const unfit = { status: 400, code: 'invalid_form_data', message: 'Missing required inputs: comment' };

    it('ask again when Dify misses something, and take the next answer', async () => {
      await scene.deploy({});
      scene.dify.script('app', asking({ inputs: [comment], actions: [{ id: 'send', title: 'Send' }] }), {
        on: 'form-submit',
        reply: unfit,
      });
      await scene.ask(fromDialog('chat7', 'order'));
      const again = await scene.ask(fromDialog('chat7', 'one'));
      assert.equal(at(again, 'error'), undefined);
      assert.deepEqual(textsOf(again), ['Shall the order go out?']);
      assert.match(scene.warnings().join(), /Missing required inputs/);
      await scene.ask(fromDialog('chat7', 'two'));
      assert.deepEqual(lastForm(scene).submission?.inputs, { comment: 'two' });
    });

    it('do not keep the bot for ever when Dify takes no answer', async () => {
      await scene.deploy({});
      const refused = { on: 'form-submit', reply: unfit } as const;
      scene.dify.script('app', 'paused', refused, refused, refused);
      await scene.ask(fromDialog('chat8', 'order'));
      await scene.ask(fromDialog('chat8', 'approve'));
      await scene.ask(fromDialog('chat8', 'approve'));
      const given = await scene.ask(fromDialog('chat8', 'approve'));
      assert.equal(at(given, 'error', 'code'), 'DIFY_REFUSED');
      const runs = scene.dify.runs.length;
      await scene.ask(fromDialog('chat8', 'hello'));
      assert.equal(scene.dify.runs.length, runs + 1);
    });

    it('are remembered in turn when the run waits a second time', async () => {
      await scene.deploy({});
      scene.dify.script('app', 'paused-twice');
      await scene.ask(fromDialog('chat9', 'order'));
      const second = await scene.ask(fromDialog('chat9', 'approve'));
      assert.deepEqual(textsOf(second).slice(-1), ['Second question?']);
      const again = await scene.ask(fromDialog('chat9', 'hm'));
      assert.deepEqual(textsOf(again), ['Second question?']);
      const done = await scene.ask(fromDialog('chat9', 'reject'));
      assert.equal(at(done, 'dify', 'paused'), false);
      assert.deepEqual(
        scene.dify.forms.slice(-2).map(({ submission }) => submission?.action.id),
        ['approve', 'reject'],
      );
    });

    it('that went out by e-mail are told of, and nothing waits', async () => {
      await scene.deploy({});
      scene.dify.script('app', 'paused-by-email');
      const asked = await scene.ask(fromDialog('chat10', 'order'));
      assert.deepEqual(textsOf(asked).slice(-1), ['Shall the order go out?']);
      assert.deepEqual(labelsOf(asked), []);
      const runs = scene.dify.runs.length;
      await scene.ask(fromDialog('chat10', 'approve'));
      assert.equal(scene.dify.runs.length, runs + 1);
    });

    for (const kind of ['command', 'join']) {
      it(`are not filled in by a ${kind}`, async () => {
        await scene.deploy({});
        scene.dify.script('app', asking({ inputs: [comment] }));
        await scene.ask(fromDialog(`${kind}-1`, 'order'));
        const runs = scene.dify.runs.length;
        await scene.ask(fromDialog(`${kind}-1`, '/help', { kind }));
        assert.equal(scene.dify.runs.length, runs + 1);
        const offered = await scene.ask(fromDialog(`${kind}-1`, 'Fine', { kind: 'message' }));
        assert.deepEqual(labelsOf(offered), [['Approve', 'Reject']]);
      });
    }

    it('outlive a deploy, also in a store of one’s own', async () => {
      const nodes = [{ id: 'mine', type: 'bitlane-store', folder: `forms-of-${type}` }];
      await scene.deploy({ store: 'mine' }, { nodes });
      scene.dify.script('app', twoTexts);
      await scene.ask(fromDialog('chat11', 'order'));
      await scene.ask(fromDialog('chat11', 'one'));
      await scene.unload();
      await scene.deploy({ store: 'mine' }, { nodes });
      await scene.ask(fromDialog('chat11', 'two'));
      await scene.ask(fromDialog('chat11', 'approve'));
      assert.deepEqual(lastForm(scene).submission?.inputs, { comment: 'one', reason: 'two' });
    });

    it('take an event once, however often it is handed out', async () => {
      await scene.deploy({});
      scene.dify.script('app', twoTexts);
      const event = (eventId: string, text: string) =>
        fromDialog('chat12', text, { eventId, kind: 'message', redelivered: true });
      await scene.ask(event('e1', 'order'));
      const runs = scene.dify.runs.length;
      const asked = await scene.ask(event('e1', 'order'));
      assert.deepEqual(textsOf(asked), ['Shall the order go out?', 'comment']);
      await scene.ask(event('e2', 'one'));
      const again = await scene.ask(event('e2', 'one'));
      assert.deepEqual(textsOf(again).slice(-1), ['reason']);
      assert.equal(scene.dify.runs.length, runs);
    });

    it('take two messages that come at once one after another', async () => {
      await scene.deploy({});
      scene.dify.script('app', twoTexts);
      await scene.ask(fromDialog('chat13', 'order'));
      const before = scene.seen.out.length;
      scene.send(fromDialog('chat13', 'one'));
      scene.send(fromDialog('chat13', 'two'));
      await until(() => scene.seen.out.length === before + 2, 'both answers');
      await scene.ask(fromDialog('chat13', 'approve'));
      assert.deepEqual(lastForm(scene).submission?.inputs, { comment: 'one', reason: 'two' });
    });

    it('are gone when their run fails after the answer', async () => {
      await scene.deploy({});
      scene.dify.script('app', { ...asking({}), answer: { pieces: ['So'], error: 'Node LLM run failed' } });
      await scene.ask(fromDialog('chat14', 'order'));
      const failed = await scene.ask(fromDialog('chat14', 'approve'));
      assert.equal(at(failed, 'error', 'code'), 'DIFY_FAILED');
      const runs = scene.dify.runs.length;
      await scene.ask(fromDialog('chat14', 'approve'));
      assert.equal(scene.dify.runs.length, runs + 1);
    });

    it('of another app do not hold the dialog', async () => {
      await scene.deploy({});
      scene.dify.script('app', 'paused');
      await scene.ask(fromDialog('chat15', 'order'));
      await scene.unload();
      const other = { id: 'conf-2', type: 'dify-app', baseUrl: scene.dify.baseUrl };
      const credentials = { 'conf-2': { apiKey: scene.dify.app('other').key } };
      await scene.deploy({ app: 'conf-2' }, { nodes: [other], credentials });
      const out = await scene.ask(fromDialog('chat15', 'hello'));
      assert.equal(at(out, 'dify', 'paused'), false);
    });

    it('keep no token where a flow or a log could show it', async () => {
      await scene.deploy({});
      scene.dify.script('app', 'paused', { on: 'form-submit', reply: unfit });
      await scene.ask(fromDialog('chat16', 'order'));
      const again = await scene.ask(fromDialog('chat16', 'approve'));
      const { token } = lastForm(scene);
      assert.ok(!JSON.stringify([again.dify, scene.warnings()]).includes(token));
    });
  });
}
