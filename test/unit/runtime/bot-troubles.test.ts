import assert from 'node:assert/strict';
import { InvalidError } from '../../../lib/core/errors';
import type { BotOfHub, PortalHub } from '../../../lib/bitrix24/hub/hub';
import { createBotTroubles } from '../../../nodes/runtime/bot/bot-troubles';
import { madeUpBotOfHub, madeUpHub } from '../../support/made-up-hub';

describe('what is wrong with a bot', () => {
  const broken = new InvalidError('CONFIG_INVALID', 'broken');

  function scene() {
    const hub: PortalHub = madeUpHub();
    const bots: BotOfHub[] = ['one', 'other'].map((code) => madeUpBotOfHub(hub, code));
    const troubles = createBotTroubles((of) => (of === hub ? bots : []));
    const [one, other] = bots;
    assert.ok(one && other);
    return { hub, one, other, troubles };
  }

  it('is told to who watches it, now and whenever it changes, and to nobody else', () => {
    const { one, other, troubles } = scene();
    const told: (string | undefined)[] = [];
    troubles.note(one, broken);
    const leave = troubles.watch(one, (error) => told.push(error?.message));
    troubles.note(other, new Error('not mine'));
    troubles.note(one, broken);
    troubles.note(one, undefined);
    troubles.note(one, undefined);
    leave();
    troubles.note(one, broken);
    assert.deepEqual(told, ['broken', undefined]);
  });

  it('is told to who takes the events of all, but for bots that somebody watches by itself', () => {
    const { hub, one, other, troubles } = scene();
    const told: (string | undefined)[] = [];
    troubles.note(one, broken);
    troubles.watch(hub, (error) => told.push(error?.message));
    const leave = troubles.watch(one, () => undefined);
    troubles.note(other, new Error('other'));
    troubles.note(other, undefined);
    leave();
    assert.deepEqual(told, ['broken', undefined, 'other', undefined, 'broken']);
  });
});
