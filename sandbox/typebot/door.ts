import { ok, type Call, type Endpoint } from './call';
import { TypebotRefusal } from './refusal';

/** The viewer is where the chats are. The builder has some of the same addresses, for its users only. */
export type Host = 'viewer' | 'builder';

export const healthz: Endpoint = {
  name: 'healthz',
  method: 'GET',
  path: /^\/api\/healthz$/,
  run: () => ok({ status: 'ok' }),
};

const notSignedIn: Readonly<Record<Host, string>> = {
  viewer: 'You must be authenticated to access this resource',
  builder: 'You must be logged in to access this resource',
};

export function createDoor(host: Host, token: string): (call: Call) => void {
  return ({ request }) => {
    if (request.headers.authorization !== `Bearer ${token}`) throw new TypebotRefusal(401, notSignedIn[host]);
  };
}

const ofBuilder = ['healthz', 'continue', 'preview', 'upload-url', 'upload', 'file'];

export function endpointsOf(
  host: Host,
  endpoints: readonly Endpoint[],
  mustBeUser: (call: Call) => void,
): Endpoint[] {
  if (host === 'viewer') return [...endpoints];
  return endpoints
    .filter(({ name }) => ofBuilder.includes(name))
    .map((endpoint) => (endpoint.name === 'continue' ? behind(endpoint, mustBeUser) : endpoint));
}

function behind(endpoint: Endpoint, mustBeUser: (call: Call) => void): Endpoint {
  return {
    ...endpoint,
    async run(call) {
      mustBeUser(call);
      return endpoint.run(call);
    },
  };
}
