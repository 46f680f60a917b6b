import assert from 'node:assert/strict';
import type { EventDesk } from '../../../lib/bitrix24/events/event-desk';
import { createEventIntake } from '../../../lib/bitrix24/events/event-intake';
import {
  createWebhookTrust,
  type Pin,
  type WebhookTrustOptions,
} from '../../../lib/bitrix24/events/sender-trust';
import { manualClock } from '../../support/manual-clock';
import { createStraightDesk, subscriptionOf } from '../../support/straight-desk';

function eventFrom(domain: string, token: string, botCode = 'helper', memberId = 'm1'): string {
  return new URLSearchParams({
    event: 'ONIMBOTV2MESSAGEADD',
    'data[bot][id]': '5',
    'data[bot][code]': botCode,
    'data[message][id]': '1',
    'auth[domain]': domain,
    'auth[member_id]': memberId,
    'auth[application_token]': token,
  }).toString();
}

function listen(desk: EventDesk, botCode?: string): { taken: string[]; rivals: number[]; leave: () => void } {
  const taken: string[] = [];
  const rivals: number[] = [];
  const leave = desk.subscribe(
    subscriptionOf(
      botCode,
      (event) => void taken.push(event.bot.code),
      (count) => void rivals.push(count),
    ),
  );
  return { taken, rivals, leave };
}

function taughtIn(pins: Map<string, Pin>, key: string, pin: Pin): Pin {
  const taught = pins.get(key) ?? pin;
  pins.set(key, taught);
  return taught;
}

function trustOf(domain: string, options: Partial<WebhookTrustOptions> = {}, pins = new Map<string, Pin>()) {
  return createWebhookTrust({
    domain: () => domain,
    applicationToken: undefined,
    bots: () => [],
    pins: { load: async (key) => pins.get(key), teach: async (key, pin) => taughtIn(pins, key, pin) },
    ...options,
  });
}

function gateOf(domain: string, options?: Partial<WebhookTrustOptions>, pins?: Map<string, Pin>) {
  const desk = createStraightDesk();
  const trust = trustOf(domain, options, pins);
  return { ...trust, desk, deliver: desk.deliver.bind(desk), wants: desk.wants.bind(desk) };
}

describe('events of several portals at one address', () => {
  const setUp = () => {
    const intake = createEventIntake(manualClock());
    const shop = gateOf('shop.bitrix24.com', { applicationToken: 'token-of-shop' });
    const bank = gateOf('bank.bitrix24.com', { applicationToken: 'token-of-bank' });
    intake.join(shop);
    intake.join(bank);
    const post = async (body: string) => (await intake.receive({ type: 'form', body })).status;
    return { intake, post, shop: listen(shop.desk), bank: listen(bank.desk) };
  };

  it('find their portal', async () => {
    const { post, shop, bank } = setUp();
    assert.equal(await post(eventFrom('bank.bitrix24.com', 'token-of-bank')), 200);
    assert.deepEqual([shop.taken, bank.taken], [[], ['helper']]);
  });

  it('are refused and counted with a wrong token, no token, or the right token of another portal', async () => {
    const { intake, post, shop, bank } = setUp();
    for (const [domain, token] of [
      ['shop.bitrix24.com', 'token-of-shoq'],
      ['shop.bitrix24.com', ''],
      ['shop.bitrix24.com', 'token-of-bank'],
      ['evil.example.com', 'token-of-shop'],
    ] as const) {
      assert.equal(await post(eventFrom(domain, token)), 401, `${domain} ${token}`);
    }
    assert.deepEqual([shop.taken, bank.taken], [[], []]);
    assert.deepEqual(intake.counts(), { received: 0, refused: 4, malformed: 0, unavailable: 0 });
  });

  it('are not accepted any more after their portal has gone', async () => {
    const intake = createEventIntake(manualClock());
    const leave = intake.join(gateOf('shop.bitrix24.com', { applicationToken: 'token' }));
    leave();
    const answer = await intake.receive({ type: 'form', body: eventFrom('shop.bitrix24.com', 'token') });
    assert.equal(answer.status, 401);
  });

  it('are 400 when they are no events', async () => {
    const { intake } = setUp();
    for (const request of [
      { type: 'form', body: 'a[b][c]=1' },
      { type: 'json', body: '{' },
      { type: 'form', body: { decoded: { event: ['x'] } } },
      { type: 'form', body: { decoded: null } },
    ] as const) {
      assert.equal((await intake.receive(request)).status, 400);
    }
  });

  it('may come decoded, with lists where there were maps', async () => {
    const { intake, shop } = setUp();
    const decoded = {
      event: 'ONIMBOTMESSAGEADD',
      data: { BOT: [{ BOT_ID: '7', BOT_CODE: 'first' }], PARAMS: { MESSAGE: 'hi', DIALOG_ID: '3' } },
      auth: { domain: 'shop.bitrix24.com', member_id: 'm1', application_token: 'token-of-shop' },
    };
    assert.equal((await intake.receive({ type: 'form', body: { decoded } })).status, 200);
    assert.deepEqual(shop.taken, ['first']);
  });
});

describe('a deploy while a portal node is asked whether it knows the sender', () => {
  const closedWhileAsked = () => {
    const gate = gateOf('shop.bitrix24.com', { applicationToken: 'token' });
    const closed = { ...gate, accepts: () => Promise.resolve((leave(), true)) };
    const successor = gateOf('shop.bitrix24.com', { applicationToken: 'token' });
    const { taken } = listen(successor.desk);
    const answered = (comesBack: boolean) => {
      const intake = createEventIntake(manualClock(), () => {
        if (comesBack) intake.join(successor);
        return Promise.resolve();
      });
      leave = intake.join(closed);
      return intake.receive({ type: 'form', body: eventFrom('shop.bitrix24.com', 'token') });
    };
    let leave = (): void => undefined;
    return { answered, taken };
  };

  it('brings the event to the node that comes in its place', async () => {
    const { answered, taken } = closedWhileAsked();
    assert.equal((await answered(true)).status, 200);
    assert.deepEqual(taken, ['helper']);
  });

  it('is no 200 when none comes', async () => {
    const { answered, taken } = closedWhileAsked();
    assert.equal((await answered(false)).status, 503);
    assert.deepEqual(taken, []);
  });
});

describe('two portal nodes of one portal', () => {
  const setUp = () => {
    const intake = createEventIntake(manualClock());
    const told: string[] = [];
    const gates = ['first', 'second'].map((name) => ({
      ...gateOf('shop.bitrix24.com', { applicationToken: 'token' }),
      onShared: () => void told.push(`${name} shared`),
      onUnwanted: () => void told.push(`${name} unwanted`),
    }));
    for (const gate of gates) intake.join(gate);
    const post = (code: string) =>
      intake.receive({ type: 'form', body: eventFrom('shop.bitrix24.com', 'token', code) });
    return { gates, told, post };
  };

  it('each get the events of the bots that their flows want', async () => {
    const { gates, told, post } = setUp();
    const seen = gates.map(({ desk }, place) => listen(desk, ['sales', 'help'][place]));
    await post('help');
    await post('sales');
    assert.deepEqual(
      seen.map(({ taken }) => taken),
      [['sales'], ['help']],
    );
    assert.deepEqual(told, []);
  });

  it('are told when both want the same event, which goes to one, and when none wants it', async () => {
    const { gates, told, post } = setUp();
    const seen = gates.map(({ desk }) => listen(desk, 'sales'));
    await post('sales');
    await post('other');
    assert.deepEqual(
      seen.map(({ taken }) => taken.length),
      [1, 0],
    );
    assert.deepEqual(told, ['first shared', 'second shared', 'first unwanted']);
  });
});

describe('the events of one portal', () => {
  const setUp = () => {
    const gate = gateOf('shop.bitrix24.com', { applicationToken: 'token' });
    const intake = createEventIntake(manualClock());
    intake.join(gate);
    const post = (botCode: string) =>
      intake.receive({ type: 'form', body: eventFrom('shop.bitrix24.com', 'token', botCode) });
    return { desk: gate.desk, post };
  };

  it('go to the node that chose their bot, and else to the one that chose none', async () => {
    const { desk, post } = setUp();
    const any = listen(desk);
    const chosen = listen(desk, 'sales');
    await post('sales');
    await post('other');
    assert.deepEqual([any.taken, chosen.taken], [['other'], ['sales']]);
  });

  it('are fine when nobody wants them', async () => assert.equal((await setUp().post('x')).status, 200));

  it('go to one of two nodes that want the same, and both are told until one leaves', async () => {
    const { desk, post } = setUp();
    const first = listen(desk, 'sales');
    const second = listen(desk, 'sales');
    await post('sales');
    assert.deepEqual([first.taken, second.taken], [['sales'], []]);
    assert.deepEqual([first.rivals.at(-1), second.rivals.at(-1)], [1, 1]);
    first.leave();
    assert.equal(second.rivals.at(-1), 0);
  });
});

describe('a portal reached by a webhook, whose application token nobody told', () => {
  const bot = { code: 'helper', botToken: 'secret-of-helper' };
  const accepts = async (gate: ReturnType<typeof gateOf>, body: string): Promise<number> => {
    const intake = createEventIntake(manualClock());
    intake.join(gate);
    return (await intake.receive({ type: 'form', body })).status;
  };
  const from = (token: string, code?: string, memberId?: string) =>
    eventFrom('shop.bitrix24.com', token, code, memberId);

  it('is believed by the first token of a bot that the flows know, and by no other from then on', async () => {
    const pins = new Map<string, Pin>();
    const gate = gateOf('shop.bitrix24.com', { bots: () => [bot] }, pins);
    assert.equal(await accepts(gate, from('real')), 200);
    assert.equal(await accepts(gate, from('real')), 200);
    assert.equal(await accepts(gate, from('forged')), 401);
    assert.equal(await accepts(gate, from('real', 'helper', 'another-portal')), 401);
    const afterRestart = gateOf('shop.bitrix24.com', { bots: () => [bot] }, pins);
    assert.equal(await accepts(afterRestart, from('forged')), 401);
    assert.equal(await accepts(afterRestart, from('real')), 200);
  });

  it('learns nothing from bots that the flows do not know, from an empty token, or of another domain', async () => {
    const pins = new Map<string, Pin>();
    const gate = gateOf('shop.bitrix24.com', { bots: () => [bot] }, pins);
    assert.equal(await accepts(gate, from('forged', 'invented')), 401);
    assert.equal(await accepts(gate, from('')), 401);
    assert.equal(await accepts(gate, eventFrom('evil.example.com', 'forged')), 401);
    assert.equal(pins.size, 0);
  });

  it('is believed at once by the CLIENT_ID of a v1 bot, which is its token', async () => {
    const pins = new Map<string, Pin>([['helper', { token: 'other', memberId: 'm1' }]]);
    const gate = gateOf('shop.bitrix24.com', { bots: () => [bot] }, pins);
    assert.equal(await accepts(gate, from('secret-of-helper')), 200);
  });

  it('has one token for all when no bot is configured', async () => {
    const gate = gateOf('shop.bitrix24.com');
    assert.equal(await accepts(gate, from('real', 'one')), 200);
    assert.equal(await accepts(gate, from('real', 'two')), 200);
    assert.equal(await accepts(gate, from('forged', 'three')), 401);
  });

  it('learns one token only when two first events come at once', async () => {
    const gate = gateOf('shop.bitrix24.com', { bots: () => [bot] });
    const answers = await Promise.all([accepts(gate, from('one')), accepts(gate, from('two'))]);
    assert.deepEqual(answers, [200, 401]);
  });

  it('is not believed when another process has learned another token meanwhile', async () => {
    const elsewhere = { token: 'one', memberId: 'm1' };
    const pins = { load: async () => undefined, teach: async () => elsewhere };
    const gate = gateOf('shop.bitrix24.com', { bots: () => [bot], pins });
    assert.equal(await accepts(gate, from('two')), 401);
    assert.equal(await accepts(gate, from('one')), 200);
  });

  it('is not believed when what was learned cannot be read', async () => {
    const disk = (): Promise<never> => Promise.reject(new Error('disk'));
    const pins = { load: disk, teach: disk };
    const gate = gateOf('shop.bitrix24.com', { bots: () => [bot], pins });
    await assert.rejects(accepts(gate, from('real')));
  });
});
