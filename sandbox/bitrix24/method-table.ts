import { botMethodsV1 } from './bots-v1';
import { botMethodsV2 } from './bots-v2';
import type { MethodTable, PortalCore } from './call';
import { chatMethodsV1 } from './chats-v1';
import { chatMethodsV2 } from './chats-v2';
import { commandMethodsV1 } from './commands-v1';
import { commandMethodsV2 } from './commands-v2';
import { eventMethods } from './event-methods';
import { fetchMethods } from './fetch-events';
import { fileMethods } from './files';
import { historyMethods } from './history/methods';
import { lineMethods } from './lines';
import { messageMethodsV1 } from './messages-v1';
import { messageMethodsV2 } from './messages-v2';
import { sessionMethods } from './sessions';
import { systemMethods } from './system-methods';
import { userMethods } from './user-methods';

/** Every method of the portal. `all` also knows those that were added later. */
export function methodTable(portal: PortalCore, all: () => MethodTable): MethodTable {
  return {
    ...systemMethods(portal, all),
    ...eventMethods(portal),
    ...userMethods(portal),
    ...botMethodsV2(portal),
    ...messageMethodsV2(portal),
    ...chatMethodsV2(portal),
    ...commandMethodsV2(portal),
    ...fileMethods(portal),
    ...fetchMethods(portal),
    ...botMethodsV1(portal),
    ...messageMethodsV1(portal),
    ...chatMethodsV1(portal),
    ...commandMethodsV1(portal),
    ...sessionMethods(portal),
    ...lineMethods(portal),
    ...historyMethods(portal),
    ...portal.telephony.methods,
    ...portal.crm.methods,
  };
}
