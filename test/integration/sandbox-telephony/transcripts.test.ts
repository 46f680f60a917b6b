import assert from 'node:assert/strict';
import { refusal } from '../../../sandbox/bitrix24';
import { ask, at, byId, servers, viaApp, viaWebhook } from './support';

const start = servers();
const method = 'telephony.call.attachTranscription';
const phrase = { SIDE: 'User', START_TIME: 0, STOP_TIME: 1, MESSAGE: 'Hello' };

describe('sandbox telephony: transcripts', () => {
  it('are kept, and the row names them', async () => {
    const portal = await start.portal({ app: {} });
    const { callId } = portal.telephony.addCall();
    const answer = { ...phrase, SIDE: 'Client', START_TIME: '2', STOP_TIME: '3', MESSAGE: 'Hi' };
    const params = { CALL_ID: callId, MESSAGES: [phrase, answer], COST: 1.5, COST_CURRENCY: 'RUB' };
    const { result } = await viaWebhook(portal, method, params);
    assert.deepEqual(result, { TRANSCRIPT_ID: 1 });
    assert.equal(at((await ask(portal, byId)).result, 0, 'TRANSCRIPT_ID'), '1');
    const [kept] = portal.telephony.transcripts;
    assert.deepEqual([kept?.callId, kept?.cost, kept?.currency], [callId, '1.5', 'RUB']);
    assert.deepEqual(kept?.phrases, [
      { side: 'User', startTime: 0, stopTime: 1, text: 'Hello' },
      { side: 'Client', startTime: 2, stopTime: 3, text: 'Hi' },
    ]);
    const second = await viaApp(portal, portal.issueTokens().token, method, params);
    assert.deepEqual(second.result, { TRANSCRIPT_ID: 2 });
  });

  it('are looked through phrase by phrase', async () => {
    const portal = await start.portal();
    const { callId } = portal.telephony.addCall();
    const said = async (params: object): Promise<unknown> =>
      (await viaWebhook(portal, method, { CALL_ID: callId, ...params })).body['error_description'];
    const wrong = (change: object): Promise<unknown> =>
      said({ MESSAGES: [phrase, { ...phrase, ...change }] });
    assert.equal(await said({ CALL_ID: '' }), 'CALL_ID should be set');
    assert.equal(await said({}), 'MESSAGES should be an array');
    assert.equal(await wrong({ SIDE: 'Bot' }), 'MESSAGES[1][SIDE] should be either Client or User');
    assert.match(String(await wrong({ START_TIME: -1 })), /START_TIME\] should be greater or equal to zero/);
    assert.match(String(await wrong({ STOP_TIME: 0 })), /STOP_TIME\] should be greater than zero/);
    assert.match(String(await wrong({ STOP_TIME: 1.5 })), /STOP_TIME/);
    assert.equal(await wrong({ MESSAGE: '' }), 'MESSAGES[1][MESSAGE] is empty');
    assert.match(String(await said({ CALL_ID: 'none', MESSAGES: [phrase] })), /^Call none is not found/);
    assert.deepEqual(portal.telephony.transcripts, []);
  });

  it('are refused by portals that do not take them', async () => {
    const portal = await start.portal();
    const { callId } = portal.telephony.addCall();
    const attach = async (): Promise<unknown> => {
      const { status, error } = await viaWebhook(portal, method, { CALL_ID: callId, MESSAGES: [phrase] });
      return error ?? status;
    };
    portal.telephony.setTranscripts('refused');
    assert.equal(await attach(), 'ACCESS_DENIED');
    portal.telephony.setTranscripts(refusal('ERROR_METHOD_NOT_FOUND', 'Method not found!', 404));
    assert.equal(await attach(), 'ERROR_METHOD_NOT_FOUND');
    portal.telephony.setTranscripts('taken');
    assert.equal(await attach(), 200);
  });
});
