import type { Node, NodeAPI } from 'node-red';
import { InvalidError } from '../../lib/core/errors';

/**
 * What a config node of one type gives to the nodes that use it. Kept beside the node object and not on it, so
 * that a look-up is typed and nothing of ours shows up on Node-RED's own objects.
 */
export interface ConfigKind<T> {
  readonly type: string;
  readonly offers: WeakMap<object, { value: T }>;
}

export function configKind<T>(type: string): ConfigKind<T> {
  return { type, offers: new WeakMap() };
}

const failures = new WeakMap<object, Error>();

/** A node that uses this one will report the same reason. */
export function markUnusable(configNode: object, reason: Error): void {
  failures.set(configNode, reason);
}

export interface ConfigUse<T> {
  offer: T;
  leave: () => void;
}

export interface ConfigUser {
  node: Node;
  /** A config node among the users of another would be told its own status for ever. */
  isInFlow: boolean;
}

export function useConfig<T>(RED: NodeAPI, user: ConfigUser, kind: ConfigKind<T>, id: string): ConfigUse<T> {
  const params = { config: kind.type };
  if (id === '') throw new InvalidError('CONFIG_MISSING', `no ${kind.type} is chosen`, { params });
  // Typed as always present, but nothing comes back for a missing or disabled node.
  const configNode: object | null | undefined = RED.nodes.getNode(id);
  const failure = configNode && failures.get(configNode);
  if (failure) {
    const name: unknown = Reflect.get(Object(configNode), 'name');
    const config = typeof name === 'string' && name !== '' ? name : kind.type;
    throw new InvalidError('CONFIG_UNUSABLE', `${kind.type}: ${failure.message}`, {
      params: { config },
      cause: failure,
    });
  }
  const offer = configNode && kind.offers.get(configNode);
  if (!offer) {
    throw new InvalidError('CONFIG_MISSING', `the chosen ${kind.type} is missing or disabled`, { params });
  }
  return { offer: offer.value, leave: user.isInFlow ? joinUsers(configNode, user.node) : () => undefined };
}

/** Node-RED passes a config node's status and errors on to everyone it finds in its property `users`. */
function joinUsers(configNode: object, user: Node): () => void {
  const known: unknown = Reflect.get(configNode, 'users');
  const users = typeof known === 'object' && known !== null ? known : {};
  Reflect.set(users, user.id, user);
  Reflect.set(configNode, 'users', users);
  return () => {
    if (Reflect.get(users, user.id) === user) Reflect.deleteProperty(users, user.id);
  };
}
