import assert from 'node:assert/strict';
import type { FlowOutcome } from '../../../nodes/runtime/flow-tracker';
import { deployCases } from './support/deploy-cases';
import type { DeployResult } from './support/run-deploys';
import { kinds, runEverywhere, type Answer } from './support/run-in';
import type { SoakResult } from './support/soak';

describe('flow tracker: deploys, stops and shutdown', function () {
  let deploys: Map<string, Answer<DeployResult[]>>;
  let shutdowns: Map<string, Answer<{ outcome?: FlowOutcome }>>;
  before(async () => {
    deploys = await runEverywhere('deploys');
    shutdowns = await runEverywhere('shutdown');
  });

  for (const { name } of kinds) {
    describe(name, () => {
      for (const deployCase of deployCases) {
        it(`${deployCase.name}: ${deployCase.expect}`, () => {
          const result = deploys.get(name)?.result.find((each) => each.name === deployCase.name);
          const { how, effects } = result ?? assert.fail('no result');
          assert.deepEqual({ how, effects }, { how: deployCase.expect, effects: deployCase.effects });
        });
      }

      it('shutdown: interrupted, and known before Node-RED has stopped', () => {
        const outcome = shutdowns.get(name)?.result.outcome;
        assert.equal(outcome?.how, 'interrupted');
        assert.deepEqual(outcome.openNodes, [{ id: 'end-n00', type: 'contrib-slow' }]);
      });
    });
  }
});

describe('flow tracker: random deploys under load', function () {
  let answers: Map<string, Answer<SoakResult>>;
  before(async () => {
    answers = await runEverywhere('soak');
  });

  for (const { name } of kinds) {
    it(`${name}: nothing is called finished whose effect is missing`, () => {
      const { deploys, messages, ends, redelivered, ...soak } =
        answers.get(name)?.result ?? assert.fail('no result');
      assert.deepEqual(soak.finishedWithoutEffect, []);
      assert.deepEqual(soak.neverFinished, []);
      assert.deepEqual(soak.openNodes, []);
      const { finished, interrupted = 0, failed = 0, ...others } = ends;
      assert.deepEqual([finished, interrupted + failed, others], [messages, redelivered, {}]);
      for (const [type, count] of Object.entries(deploys)) assert.ok(count > 0, `no ${type} deploy`);
      assert.ok(redelivered > 0, 'no message was interrupted: the soak proves nothing');
    });
  }
});
