import { createHash } from 'node:crypto';
import { appTokens } from '../event-auth';
import type { Courier, Delivery } from '../deliveries';
import type { PhpMap } from '../php-query';
import { isoStamp, unixSeconds } from '../stamp';
import type { PortalState } from '../state';
import type { CallCard } from './call-card';

const eventName = 'ONVOXIMPLANTCALLEND';

/** Made by hand in the portal: it knows an address and a token that is shown to whoever made it. */
export interface OutgoingWebhook {
  url: string;
  applicationToken: string;
}

export function outgoingWebhook(url: string, applicationToken?: string): OutgoingWebhook {
  const usual = createHash('sha256').update(`outgoing|${url}`).digest('hex').slice(0, 32);
  return { url, applicationToken: applicationToken ?? usual };
}

/** Tells every handler once. Neither the row's id nor the recording is in it. */
export function announceCallEnd(
  state: PortalState,
  courier: Courier,
  webhooks: readonly OutgoingWebhook[],
  call: CallCard,
): Promise<Delivery[]> {
  const fields = (handlerId: number, auth: PhpMap): PhpMap => ({
    event: eventName,
    event_handler_id: handlerId,
    data: body(call),
    ts: unixSeconds(state.now()),
    auth,
  });
  const app = state.app;
  const bindings = app?.installed === true ? state.bindings.filter(({ event }) => event === eventName) : [];
  const toApp = bindings.map(({ handler, userId }, index) =>
    courier.sendFields(
      eventName,
      handler,
      fields(700 + index, appTokens(state, app?.clientId ?? '', userId)),
    ),
  );
  const toHooks = webhooks.map(({ url, applicationToken }, index) =>
    courier.sendFields(eventName, url, fields(800 + index, plainAuth(state, applicationToken))),
  );
  return Promise.all([...toApp, ...toHooks]);
}

function plainAuth(state: PortalState, applicationToken: string): PhpMap {
  return {
    domain: state.domain,
    client_endpoint: `${state.origin}/rest/`,
    server_endpoint: state.serverEndpoint,
    member_id: state.memberId,
    application_token: applicationToken,
  };
}

function body(call: CallCard): PhpMap {
  return {
    CALL_ID: call.callId,
    CALL_TYPE: call.type,
    PHONE_NUMBER: call.phone,
    PORTAL_NUMBER: call.portalNumber,
    PORTAL_USER_ID: call.operatorId,
    CALL_DURATION: call.duration,
    CALL_START_DATE: isoStamp(call.startedAt),
    COST: call.cost,
    COST_CURRENCY: call.currency,
    CALL_FAILED_CODE: call.failedCode,
    CALL_FAILED_REASON: call.failedReason,
    CRM_ACTIVITY_ID: call.activityId,
  };
}
