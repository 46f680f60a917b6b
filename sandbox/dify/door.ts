import type { DifyApp } from './app';
import { DifyRefusal, forbidden } from './refusal';
import type { DifyState } from './state';

/** Whose key it is. Looked at before the body. */
export function letIn(state: DifyState, authorization: string | undefined): DifyApp {
  if (authorization === undefined || !authorization.includes(' '))
    throw unauthorized("Authorization header must be provided and start with 'Bearer'");
  const [scheme = '', ...rest] = authorization.split(' ');
  if (scheme.toLowerCase() !== 'bearer') throw unauthorized("Authorization scheme must be 'Bearer'");
  const app = state.apps.get(rest.join(' ').trim());
  if (!app) throw unauthorized('Access token is invalid');
  const reason = closedReasons[app.state];
  if (reason !== undefined) throw forbidden(reason);
  return app;
}

const closedReasons: Readonly<Record<DifyApp['state'], string | undefined>> = {
  normal: undefined,
  deleted: 'The app no longer exists.',
  abnormal: "The app's status is abnormal.",
  'api-disabled': "The app's API service has been disabled.",
  'workspace-archived': "The workspace's status is archived.",
};

function unauthorized(message: string): DifyRefusal {
  return new DifyRefusal(401, 'unauthorized', message);
}
