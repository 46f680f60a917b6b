import assert from 'node:assert/strict';
import { prefilledVariables } from '../../../lib/typebot/variables';

describe('the variables that a bot starts with', () => {
  it('are texts, and lists of texts', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    assert.deepEqual(
      prefilledVariables({
        NAME: 'Ivan',
        EMPTY: '',
        AGE: 7,
        VIP: true,
        FIELDS: { a: 1 },
        LIST: ['a', 2, null, { b: 3 }],
        NONE: null,
        UNSET: undefined,
        CODE: () => 'x',
        CIRCLE: circle,
      }),
      {
        NAME: 'Ivan',
        EMPTY: '',
        AGE: '7',
        VIP: true,
        FIELDS: '{"a":1}',
        LIST: ['a', '2', '{"b":3}'],
      },
    );
  });
});
