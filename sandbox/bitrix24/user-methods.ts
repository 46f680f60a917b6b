import type { MethodAnswer, MethodCall, MethodTable, PortalCore } from './call';
import { pageOf } from './paging';
import { flagOf, idOf, listOf, mapOf, upperKeys } from '../shared/params';
import { refusal } from './refusal';
import type { User } from './state';

/** Any one of these opens a user method. */
const userScopes = [['user'], ['user_basic'], ['user_brief']];

export function userMethods(portal: PortalCore): MethodTable {
  return {
    'user.current': { scopes: userScopes, run: ({ caller }) => current(portal, caller.userId) },
    'user.get': { scopes: userScopes, run: (call) => get(portal, call) },
    'im.user.get': { scopes: [['im']], run: (call) => imUser(portal, call) },
  };
}

function current({ state }: PortalCore, userId: number): MethodAnswer {
  const user = state.users.get(userId);
  if (!user) throw refusal('ERROR_CORE', 'User not found');
  return { result: userCard(user) };
}

/** Bots, integrators and the clients of open channels are left out. */
function get({ state }: PortalCore, { params }: MethodCall): MethodAnswer {
  const filter = upperKeys(mapOf(upperKeys(params)['FILTER']) ?? {});
  const wanted = filter['ID'] ?? upperKeys(params)['ID'];
  const active = filter['ACTIVE'] === undefined ? undefined : flagOf(filter['ACTIVE'], true);
  const ids =
    wanted === undefined ? undefined : (typeof wanted === 'object' ? listOf(wanted) : [wanted]).map(idOf);
  const users = [...state.users.values()]
    .filter((user) => !user.isBot && !user.isConnector && !user.isExtranet && !user.isIntegrator)
    .filter((user) => active === undefined || user.active === active)
    .filter((user) => ids === undefined || ids.includes(user.id))
    .sort((one, other) => one.id - other.id);
  return pageOf(users.map(userCard), params);
}

function userCard(user: User): Readonly<Record<string, unknown>> {
  return {
    ID: String(user.id),
    ACTIVE: user.active,
    NAME: user.firstName,
    LAST_NAME: user.lastName,
    SECOND_NAME: '',
    EMAIL: user.email,
    WORK_POSITION: user.workPosition,
    PERSONAL_GENDER: user.gender,
    UF_DEPARTMENT: user.departments,
    USER_TYPE: 'employee',
  };
}

function imUser({ state }: PortalCore, { params, caller }: MethodCall): MethodAnswer {
  const user = state.users.get(idOf(upperKeys(params)['ID']) || caller.userId);
  if (!user) throw refusal('USER_NOT_EXISTS', 'User does not exist');
  return {
    result: {
      id: user.id,
      active: user.active,
      name: user.name,
      first_name: user.firstName,
      last_name: user.lastName,
      work_position: user.workPosition,
      gender: user.gender,
      extranet: user.isExtranet,
      network: user.isNetwork,
      bot: user.isBot,
      connector: user.isConnector,
      external_auth_id: user.externalAuthId,
    },
  };
}
