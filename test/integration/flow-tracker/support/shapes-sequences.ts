import { code, effect, type ShortNode } from './build-flow';
import { shape, type Shape } from './shape';

import { choose, rule } from './shapes-routing';
const list = [1, 2, 3];
const split = (rest: object = {}): ShortNode => ({
  type: 'split',
  splt: '\\n',
  spltType: 'str',
  arraySplt: 1,
  arraySpltType: 'len',
  stream: false,
  addname: '',
  property: 'payload',
  ...rest,
});
const join = (rest: object = {}): ShortNode => ({
  type: 'join',
  mode: 'auto',
  build: 'array',
  property: 'payload',
  propertyType: 'msg',
  key: 'topic',
  joiner: '\\n',
  joinerType: 'str',
  accumulate: false,
  timeout: '',
  count: '',
  reduceRight: false,
  ...rest,
});

export const sequenceShapes: Shape[] = [
  shape('split and join', 'exact', [[split(), code('return msg;'), join(), effect()]], {
    messages: [{ payload: list }],
  }),
  shape('split', 'exact', [[split(), effect()]], { messages: [{ payload: list }], effects: 3 }),
  shape('split: without the property', 'limit', [[split(), effect()]], {
    messages: [{ topic: 'no payload' }],
    effects: 0,
    openTypes: ['split'],
  }),
  shape(
    'split, sort',
    'exact',
    [
      [
        split(),
        {
          type: 'sort',
          order: 'ascending',
          as_num: true,
          target: 'payload',
          targetType: 'seq',
          msgKey: 'payload',
          msgKeyType: 'elem',
          seqKey: 'payload',
          seqKeyType: 'msg',
        },
        effect(),
      ],
    ],
    { messages: [{ payload: [3, 1, 2] }], effects: 3 },
  ),
  shape(
    'split, batch',
    'exact',
    [
      [
        split(),
        {
          type: 'batch',
          mode: 'count',
          count: 3,
          overlap: 0,
          interval: 10,
          allowEmptySequence: false,
          topics: [],
        },
        effect(),
      ],
    ],
    { messages: [{ payload: list }], effects: 3 },
  ),
  shape('split, switch, join', 'exact', [[split(), choose([rule('0', 'neq')]), join(), effect()]], {
    messages: [{ payload: list }],
  }),
  shape(
    'join: waits for parts that never come',
    'limit',
    [[join({ mode: 'custom', count: '2' }), effect()]],
    {
      effects: 0,
      openTypes: ['join'],
    },
  ),
  shape('join: across two flows', 'exact', [[join({ mode: 'custom', count: '2' }), effect()]], {
    messages: [{ payload: 1 }, { payload: 2 }],
    effects: 0,
  }),
];
