import assert from 'node:assert/strict';
import { at, servers, viaApp } from './support';

const start = servers();
const event = 'ONVOXIMPLANTCALLEND';

describe('sandbox telephony: the event of a call that has ended', () => {
  it('reaches the handlers of an app, without the row id and without the recording', async () => {
    const portal = await start.portal({ app: {} });
    const handler = await start.handler();
    await viaApp(portal, portal.issueTokens().token, 'event.bind', { EVENT: event, HANDLER: handler.url });
    portal.telephony.addCall();
    const call = portal.telephony.addCall({ announce: true, type: 1, duration: 42 });
    await portal.settled();
    assert.equal(handler.heard.length, 1);
    const form = handler.heard[0]?.form;
    assert.deepEqual([form?.['event'], at(form, 'data', 'CALL_ID')], [event, call.callId]);
    assert.deepEqual([at(form, 'data', 'CALL_TYPE'), at(form, 'data', 'CALL_DURATION')], ['1', '42']);
    assert.match(String(at(form, 'data', 'CALL_START_DATE')), /\+03:00$/);
    assert.deepEqual([at(form, 'data', 'ID'), at(form, 'data', 'RECORD_FILE_ID')], [undefined, undefined]);
    assert.equal(at(form, 'auth', 'member_id'), portal.memberId);
    assert.equal(typeof at(form, 'auth', 'access_token'), 'string');
  });

  it('reaches an outgoing webhook with nothing but its application token', async () => {
    const portal = await start.portal();
    const handler = await start.handler();
    const { applicationToken } = portal.telephony.outgoingWebhook(handler.url);
    portal.telephony.addCall({ announce: true });
    await portal.settled();
    const auth = at(handler.heard[0]?.form, 'auth');
    assert.deepEqual(
      [at(auth, 'application_token'), at(auth, 'domain'), at(auth, 'access_token')],
      [applicationToken, portal.domain, undefined],
    );
  });

  it('is lost when nobody is bound, or nobody is there', async () => {
    const portal = await start.portal({ app: {} });
    portal.telephony.outgoingWebhook('http://127.0.0.1:9/closed');
    portal.telephony.addCall({ announce: true });
    await portal.settled();
    assert.deepEqual(
      portal.deliveries.map(({ failure }) => failure),
      ['unreachable'],
    );
  });
});
