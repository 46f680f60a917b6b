import { textAt } from '../../../lib/core/fields';
import type { Shell } from '../../runtime/shell';

export type NoteReach = (domain: string, failure: Error | undefined) => void;

/**
 * A portal that gives no answer, or takes no key, is red until it does. Whoever asked has told of it; here it is for
 * those who look at the portal, as its own status would go on being that of better days.
 */
export function createReachBoard({ status, recovered }: Pick<Shell, 'status' | 'recovered'>): NoteReach {
  const troubled = new Map<string, Error>();
  return (domain, failure) => {
    const before = troubled.get(domain);
    const over = textAt(before, 'code');
    if (over !== undefined && over !== textAt(failure, 'code')) recovered((code) => code === over);
    if (failure) {
      troubled.set(domain, failure);
      status.fail(failure);
      return;
    }
    if (!before) return;
    troubled.delete(domain);
    const [other] = troubled.values();
    const { error } = status.now();
    // What else is wrong with the portal stays.
    if (error !== before) return;
    if (other) status.fail(other);
    else status.show('ready');
  };
}
