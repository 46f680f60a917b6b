import { isScopeGranted } from './callers';
import type { MethodAnswer, MethodCall, MethodTable, PortalCore } from './call';
import { flagOf, textOf } from '../shared/params';
import { isoStamp } from './stamp';

const everyScope = ['crm', 'disk', 'im', 'imbot', 'imconnector', 'imopenlines', 'telephony', 'user'];

export function systemMethods(portal: PortalCore, methods: () => MethodTable): MethodTable {
  const { state } = portal;
  return {
    profile: { run: (call) => ({ result: profile(portal, call) }) },
    'server.time': { run: () => ({ result: isoStamp(state.now()) }) },
    scope: {
      run: ({ params, caller }) => ({
        result: flagOf(params['full'], false) ? everyScope : [...caller.scopes],
      }),
    },
    'method.get': { run: (call) => ({ result: methodState(methods(), call) }) },
    'feature.get': {
      run: ({ params }) => ({ result: { value: textOf(params['CODE'] ?? params['code']) ? 'Y' : 'N' } }),
    },
    'app.info': { auth: 'app', run: () => appState(portal) },
  };
}

function profile({ state }: PortalCore, { caller }: MethodCall): Readonly<Record<string, unknown>> {
  const user = state.users.get(caller.userId);
  return {
    ID: String(caller.userId),
    ADMIN: caller.admin,
    NAME: user?.firstName ?? '',
    LAST_NAME: user?.lastName ?? '',
    PERSONAL_GENDER: user?.gender ?? '',
    TIME_ZONE: '',
  };
}

/** The name is looked up as it is written, and it must be written small. */
function methodState(table: MethodTable, { params, caller }: MethodCall): Readonly<Record<string, boolean>> {
  const name = textOf(params['name']) ?? '';
  const found = Object.entries(table).find(([known]) => known.toLowerCase() === name);
  return {
    isExisting: found !== undefined,
    isAvailable: found !== undefined && isScopeGranted(caller, found[1].scopes),
  };
}

function appState({ state }: PortalCore): MethodAnswer {
  const { app } = state;
  return {
    result: {
      ID: 7,
      CODE: app?.clientId,
      VERSION: app?.version,
      STATUS: 'L',
      INSTALLED: app?.installed,
      PAYMENT_EXPIRED: 'N',
      DAYS: null,
      LANGUAGE_ID: state.language,
      LICENSE: state.plan === 'enterprise' ? 'de_ent250' : 'de_std',
    },
  };
}
