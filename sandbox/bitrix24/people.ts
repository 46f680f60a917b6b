import type { PortalState, User } from './state';

export type UserInit = Partial<User> & { firstName?: string };

export function addUser(state: PortalState, init: UserInit = {}): User {
  const firstName = init.firstName ?? 'Ann';
  const lastName = init.lastName ?? 'Lee';
  const user: User = {
    id: init.id ?? state.nextId('user'),
    workPosition: '',
    gender: 'F',
    email: '',
    active: true,
    isBot: false,
    isConnector: false,
    isExtranet: false,
    isNetwork: false,
    externalAuthId: 'default',
    departments: [1],
    isIntegrator: false,
    ...init,
    firstName,
    lastName,
    name: init.name ?? `${firstName} ${lastName}`.trim(),
  };
  state.users.set(user.id, user);
  return user;
}

/** A person who writes from a messenger. */
export function addClient(state: PortalState, init: UserInit = {}): User {
  return addUser(state, { isConnector: true, isExtranet: true, externalAuthId: 'imconnector', ...init });
}

export function addBotUser(state: PortalState, name: string, lastName = '', workPosition = ''): User {
  return addUser(state, { firstName: name, lastName, workPosition, isBot: true, externalAuthId: 'bot' });
}

/** The people every portal starts with: an administrator and two operators. */
export function addStaff(state: PortalState): void {
  addUser(state, { id: state.webhook.userId, firstName: 'Alex', lastName: 'Stone', gender: 'M' });
  for (const [id, firstName] of [
    [7, 'Olga'],
    [9, 'Peter'],
  ] as const) {
    if (!state.users.has(id)) addUser(state, { id, firstName, lastName: 'Operator' });
  }
}
