import { isHandlerUrl } from './bots-v2';
import type { MethodAnswer, MethodCall, MethodTable, PortalCore } from './call';
import { idOf, textOf, upperKeys, type Params } from '../shared/params';
import { denied, refusal } from './refusal';

/** Bot events are missing here on purpose: they are bound by registering a bot. */
const knownEvents = [
  'ONAPPINSTALL',
  'ONAPPUPDATE',
  'ONAPPUNINSTALL',
  'ONAPPTEST',
  'ONVOXIMPLANTCALLINIT',
  'ONVOXIMPLANTCALLSTART',
  'ONVOXIMPLANTCALLEND',
  'ONEXTERNALCALLSTART',
  'ONCRMLEADADD',
  'ONCRMDEALADD',
  'ONCRMDEALUPDATE',
];

export function eventMethods(portal: PortalCore): MethodTable {
  return {
    events: { auth: 'app', run: () => ({ result: knownEvents }) },
    'event.bind': { auth: 'app', run: (call) => bind(portal, call) },
    'event.get': {
      auth: 'app',
      run: () => ({
        result: portal.state.bindings.map(({ event, handler, userId }) => ({
          event,
          handler,
          auth_type: String(userId),
          offline: 0,
        })),
      }),
    },
    'event.unbind': { auth: 'app', run: (call) => unbind(portal, call) },
  };
}

function readBinding(params: Params): { event: string; handler: string } {
  const event = (textOf(params['EVENT']) ?? '').toUpperCase();
  if (!knownEvents.includes(event)) throw refusal('ERROR_EVENT_NOT_FOUND', 'Event not found');
  const handler = params['HANDLER'];
  if (!isHandlerUrl(handler)) throw refusal('ERROR_ARGUMENT', 'The handler is not a valid address');
  return { event, handler };
}

function bind({ state }: PortalCore, { params, caller }: MethodCall): MethodAnswer {
  const given = upperKeys(params);
  const { event, handler } = readBinding(given);
  const userId = idOf(given['AUTH_TYPE']) || caller.userId;
  if (!caller.admin && userId !== caller.userId) throw denied('ACCESS_DENIED', 'Access denied!');
  if (state.bindings.some((one) => one.event === event && one.handler === handler)) {
    throw refusal('ERROR_EVENT_BINDING_EXISTS', 'Handler already binded');
  }
  state.bindings.push({ event, handler, userId });
  return { result: true };
}

function unbind({ state }: PortalCore, { params }: MethodCall): MethodAnswer {
  const { event, handler } = readBinding(upperKeys(params));
  const left = state.bindings.filter((one) => one.event !== event || one.handler !== handler);
  const count = state.bindings.length - left.length;
  state.bindings = left;
  return { result: { count } };
}
