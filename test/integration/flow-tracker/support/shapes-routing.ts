import { code, effect, type ShortNode } from './build-flow';
import { shape, type Shape } from './shape';

export const rule = (v: string, t = 'eq'): object => ({ t, v, vt: 'str' });
export const choose = (rules: object[], rest: object = {}): ShortNode => ({
  type: 'switch',
  property: 'payload',
  propertyType: 'msg',
  rules,
  checkall: 'true',
  repair: false,
  outputs: rules.length,
  ...rest,
});
const filter: ShortNode = {
  type: 'rbe',
  func: 'rbe',
  gap: '',
  start: '',
  inout: 'out',
  septopics: false,
  property: 'payload',
};

export const routingShapes: Shape[] = [
  shape('switch: match', 'exact', [[choose([rule('x')]), effect()]]),
  shape(
    'switch: several matches',
    'exact',
    [
      [choose([rule('x'), rule('y', 'neq')], { wires: [['@a'], ['@b']] })],
      [effect({ key: 'a' })],
      [effect({ key: 'b' })],
    ],
    { effects: 2 },
  ),
  shape('switch: JSONata', 'exact', [
    [
      choose([{ t: 'eq', v: 'x', vt: 'str' }], { property: '$lowercase(payload)', propertyType: 'jsonata' }),
      effect(),
    ],
  ]),
  shape('switch: no match', 'exact', [[choose([rule('no')]), effect()]], { effects: 0 }),
  shape('switch: no match behind a burst', 'late', [[choose([rule('no')]), effect()]], {
    messages: Array.from({ length: 20 }, () => ({ payload: 'x' })),
    effects: 0,
    each: ['exact', ...Array.from({ length: 19 }, () => 'late' as const)],
  }),
  shape('switch: a burst of matches', 'exact', [[choose([rule('x')]), effect()]], {
    messages: Array.from({ length: 200 }, () => ({ payload: 'x' })),
  }),
  shape('filter: passes', 'exact', [[filter, effect()]]),
  shape('filter: blocks', 'exact', [[filter, effect({ run: 'other' })]], {
    messages: [{ payload: 'x' }, { payload: 'x' }],
    effects: 0,
  }),
  shape('junction, link out, link in', 'exact', [
    [{ type: 'junction' }, { type: 'link out', mode: 'link', links: ['@in'], wires: [['@in']] }],
    [{ type: 'link in', key: 'in', links: [] }, effect()],
  ]),
  shape('link call with return', 'exact', [
    [{ type: 'link call', links: ['@in'], linkType: 'static', timeout: '5' }, effect()],
    [
      { type: 'link in', key: 'in', links: [] },
      {
        type: 'delay',
        ...{ pauseType: 'delay', timeout: '30', timeoutUnits: 'milliseconds' },
        ...{ rate: '1', rateUnits: 'second' },
      },
      { type: 'link out', mode: 'return', links: [] },
    ],
  ]),
  shape(
    'link call: timed out',
    'late',
    [
      [{ type: 'link call', links: ['@in'], linkType: 'static', timeout: '0.1' }, effect()],
      [{ type: 'link in', key: 'in', links: [] }, effect()],
    ],
    { how: 'failed' },
  ),
  shape(
    'link call: no target',
    'late',
    [[{ type: 'link call', links: ['@nowhere'], linkType: 'static', timeout: '5' }, effect()]],
    { how: 'failed', effects: 0 },
  ),
  shape(
    'several wires',
    'exact',
    [
      [code('return msg;', { wires: [['@a', '@b', '@c']] })],
      [code('return msg;', { key: 'a' }), effect()],
      [{ type: 'junction', key: 'b' }, effect()],
      [effect({ key: 'c' })],
    ],
    { effects: 3 },
  ),
  shape(
    'several wires, new object',
    'exact',
    [
      [code('return {run: msg.run};', { wires: [['@a', '@b']] })],
      [effect({ key: 'a' })],
      [effect({ key: 'b' })],
    ],
    { effects: 2 },
  ),
  shape('loop', 'exact', [
    [
      code('msg.turn = (msg.turn || 0) + 1; return msg.turn < 5 ? [msg, null] : [null, msg];', {
        key: 'again',
        outputs: 2,
        wires: [['@again'], ['@out']],
      }),
    ],
    [effect({ key: 'out' })],
  ]),
  shape(
    'one message sent twice',
    'exact',
    [[code('node.send(msg, false); node.send(msg, false); return;'), effect()]],
    {
      effects: 2,
    },
  ),
  shape(
    'debug',
    'exact',
    [
      [
        {
          type: 'debug',
          active: true,
          tosidebar: false,
          console: false,
          tostatus: true,
          complete: 'true',
          targetType: 'full',
          statusVal: 'payload',
          statusType: 'auto',
        },
      ],
    ],
    { effects: 0 },
  ),
  shape('nothing wired', 'exact', [[]], { effects: 0 }),
  shape('disabled node', 'exact', [[{ type: 'junction' }, { ...code('return msg;'), d: true }, effect()]], {
    effects: 0,
  }),
  shape('missing node', 'exact', [[code('return msg;', { wires: [['@gone']] })]], { effects: 0 }),
];
