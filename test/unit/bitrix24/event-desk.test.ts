import assert from 'node:assert/strict';
import { createEventIntake } from '../../../lib/bitrix24/event-intake';
import { createPortalDesk, type PortalDesk } from '../../../lib/bitrix24/event-desk';
import { manualClock } from '../../support/manual-clock';

function eventFrom(domain: string, token: string, botCode = 'helper'): string {
  return new URLSearchParams({
    event: 'ONIMBOTV2MESSAGEADD',
    'data[bot][id]': '5',
    'data[bot][code]': botCode,
    'data[message][id]': '1',
    'auth[domain]': domain,
    'auth[member_id]': 'm1',
    'auth[application_token]': token,
  }).toString();
}

function listen(
  desk: PortalDesk,
  botCode?: string,
): { taken: string[]; rivals: number[]; leave: () => void } {
  const taken: string[] = [];
  const rivals: number[] = [];
  const leave = desk.subscribe({
    botCode,
    take: (event) => void taken.push(event.bot.code),
    onRival: (count) => void rivals.push(count),
  });
  return { taken, rivals, leave };
}

describe('events of several portals at one address', () => {
  const setUp = () => {
    const intake = createEventIntake(manualClock());
    const shop = createPortalDesk('shop.bitrix24.com', 'token-of-shop');
    const bank = createPortalDesk('bank.bitrix24.com', 'token-of-bank');
    intake.join(shop);
    intake.join(bank);
    return { intake, shop: listen(shop), bank: listen(bank) };
  };

  it('find their portal', () => {
    const { intake, shop, bank } = setUp();
    assert.equal(intake.receive('form', eventFrom('bank.bitrix24.com', 'token-of-bank')).status, 200);
    assert.deepEqual([shop.taken, bank.taken], [[], ['helper']]);
  });

  it('are refused with a wrong token, no token, or the right token of another portal', () => {
    const { intake, shop, bank } = setUp();
    for (const [domain, token] of [
      ['shop.bitrix24.com', 'token-of-shoq'],
      ['shop.bitrix24.com', ''],
      ['shop.bitrix24.com', 'token-of-bank'],
      ['evil.example.com', 'token-of-shop'],
    ] as const) {
      assert.equal(intake.receive('form', eventFrom(domain, token)).status, 401, `${domain} ${token}`);
    }
    assert.deepEqual([shop.taken, bank.taken], [[], []]);
  });

  it('are not accepted any more after their portal has gone', () => {
    const intake = createEventIntake(manualClock());
    const leave = intake.join(createPortalDesk('shop.bitrix24.com', 'token'));
    leave();
    assert.equal(intake.receive('form', eventFrom('shop.bitrix24.com', 'token')).status, 401);
  });

  it('are 400 when they are no events', () => {
    const { intake } = setUp();
    assert.equal(intake.receive('form', 'a[b][c]=1').status, 400);
    assert.equal(intake.receive('json', '{').status, 400);
    assert.equal(intake.receive('form', { decoded: { event: ['x'] } }).status, 400);
  });

  it('may come decoded, with lists where there were maps', () => {
    const { intake, shop } = setUp();
    const decoded = {
      event: 'ONIMBOTMESSAGEADD',
      data: { BOT: [{ BOT_ID: '7', BOT_CODE: 'first' }], PARAMS: { MESSAGE: 'hi', DIALOG_ID: '3' } },
      auth: { domain: 'shop.bitrix24.com', member_id: 'm1', application_token: 'token-of-shop' },
    };
    assert.equal(intake.receive('form', { decoded }).status, 200);
    assert.deepEqual(shop.taken, ['first']);
  });
});

describe('the events of one portal', () => {
  const setUp = () => {
    const desk = createPortalDesk('shop.bitrix24.com', 'token');
    const intake = createEventIntake(manualClock());
    intake.join(desk);
    const post = (botCode: string) =>
      intake.receive('form', eventFrom('shop.bitrix24.com', 'token', botCode));
    return { desk, post };
  };

  it('go to the node that chose their bot, and else to the one that chose none', () => {
    const { desk, post } = setUp();
    const any = listen(desk);
    const chosen = listen(desk, 'sales');
    post('sales');
    post('other');
    assert.deepEqual([any.taken, chosen.taken], [['other'], ['sales']]);
  });

  it('are fine when nobody wants them', () => {
    assert.equal(setUp().post('x').status, 200);
  });

  it('go to one of two nodes that want the same, and both are told until one leaves', () => {
    const { desk, post } = setUp();
    const first = listen(desk, 'sales');
    const second = listen(desk, 'sales');
    post('sales');
    assert.deepEqual([first.taken, second.taken], [['sales'], []]);
    assert.deepEqual([first.rivals.at(-1), second.rivals.at(-1)], [1, 1]);
    first.leave();
    assert.equal(second.rivals.at(-1), 0);
  });
});
