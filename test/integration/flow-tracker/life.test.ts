import assert from 'node:assert/strict';
import { at, entriesAt } from '../../../lib/core/fields';
import type { LifeResult } from './support/life';
import { kinds, runEverywhere, type Answer } from './support/run-in';

describe('flow tracker: hooks, warnings and what the pack asks of it', function () {
  let answers: Map<string, Answer<LifeResult>>;
  before(async () => {
    answers = await runEverywhere('life');
  });

  for (const { name } of kinds) {
    describe(name, () => {
      const told = (...path: string[]): unknown => at(answers.get(name)?.result, ...path);

      it('has hooks and a log handler only while something is tracked', () => {
        assert.deepEqual(told('hooks'), {
          before: [],
          during: ['onSend', 'postDeliver', 'onReceive', 'postReceive', 'onComplete'],
          listenersDuring: 1,
          listenersAfter: 0,
          ends: ['finished', 'finished'],
        });
      });

      it('works beside a second copy of itself', () => {
        assert.deepEqual(told('copies', 'ends'), ['finished by report', 'finished by report']);
      });

      it('warns once about a hook that holds messages up, and not about one that does not', () => {
        const warnings = entriesAt(told('slowHook'), 'warnings');
        assert.equal(warnings.filter((key) => key === 'slowHook').length, 1);
        assert.deepEqual(told('quickHook', 'warnings'), []);
      });

      it('names the node that did not report, once, and shows no message', () => {
        const node = { id: 'life-n00', type: 'function', name: 'forgetful' };
        const params = { label: 'bitrix-in "Support"', seconds: 0, nodes: 'function "forgetful" (life-n00)' };
        assert.deepEqual(told('limit'), {
          outcome: { how: 'unknown', by: 'limit', openNodes: [node] },
          warnings: [['limit', params]],
        });
      });

      it('sees every late send and warns once for each node', () => {
        const node = { id: 'life-n00', type: 'contrib-early-done' };
        assert.deepEqual(told('lateSend'), {
          late: [node, node],
          warnings: [['wentOn', 'contrib-early-done (life-n00)']],
        });
      });

      it('ends on request, and does not complain about what follows', () => {
        const outcome = { how: 'finished', by: 'request' };
        assert.deepEqual(told('reply'), { outcome, endedFirst: true, warnings: [] });
      });

      it('forgets an abandoned flow without a word', () => {
        assert.deepEqual(told('abandon'), { known: 'life', wasTold: false });
      });

      it('does not take the silence of a node that is being closed for an answer', () => {
        const openNodes = [{ id: 'life-n00', type: 'contrib-legacy' }];
        assert.deepEqual(told('closing'), { how: 'interrupted', by: 'deploy', openNodes });
      });

      it('does not take a node for silent whose messages find nobody', () => {
        assert.deepEqual(told('queue'), ['finished', 'interrupted']);
      });

      it('learns which types report although they do not look like it', () => {
        assert.deepEqual(told('learning'), ['guess', 'report']);
      });

      it('takes nothing of messages that are not its own, neither time nor errors', () => {
        const outcomes = Array.from({ length: 5 }, () => 'finished');
        assert.deepEqual(told('foreign'), { outcomes, effects: 5 });
      });
    });
  }
});
