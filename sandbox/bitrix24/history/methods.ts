import { scoped, type MethodTable, type PortalCore } from '../call';
import { dialogMessages } from './dialog-messages';
import { sessionHistory } from './session-history';

/** What was said earlier, for those who ask long after. */
export function historyMethods(portal: PortalCore): MethodTable {
  return {
    ...scoped(['imopenlines'], {
      'imopenlines.session.history.get': { run: (call) => sessionHistory(portal, call) },
    }),
    ...scoped(['im'], { 'im.dialog.messages.get': { run: (call) => dialogMessages(portal, call) } }),
  };
}
