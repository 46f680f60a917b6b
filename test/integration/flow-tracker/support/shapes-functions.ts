import { code, effect, type ShortNode } from './build-flow';
import { shape, type Shape } from './shape';

const change = (rules: object[]): ShortNode => ({ type: 'change', rules });
const set = (p: string, to: string, tot = 'str'): object => ({ t: 'set', p, pt: 'msg', to, tot });
const template = (text: string): ShortNode => ({
  type: 'template',
  field: 'payload',
  fieldType: 'msg',
  format: 'handlebars',
  syntax: 'mustache',
  template: text,
  output: 'str',
});

export const functionShapes: Shape[] = [
  shape('function: return', 'exact', [[code('return msg;'), effect()]]),
  shape('function: return null', 'exact', [[code('return null;'), effect()]], { effects: 0 }),
  shape(
    'function: array of outputs',
    'exact',
    [
      [code('return [msg, {payload: 2, run: msg.run}];', { outputs: 2, wires: [['@a'], ['@b']] })],
      [effect({ key: 'a' })],
      [effect({ key: 'b' })],
    ],
    { effects: 2 },
  ),
  shape(
    'function: array of messages',
    'exact',
    [[code('return [[msg, {payload: 2}, {payload: 3}]];'), effect()]],
    {
      effects: 3,
    },
  ),
  shape('function: await', 'exact', [
    [code('await new Promise((resolve) => setTimeout(resolve, 30)); return msg;'), effect()],
  ]),
  shape('function: node.send and node.done', 'exact', [
    [code('setTimeout(() => { node.send({payload: 1}); node.done(); }, 30); return;'), effect()],
  ]),
  shape('function: slow setup', 'exact', [
    [
      code('return msg;', { initialize: 'await new Promise((resolve) => setTimeout(resolve, 50));' }),
      effect(),
    ],
  ]),
  shape('function: timer and node.send, no node.done', 'early', [
    [code('setTimeout(() => node.send(msg), 4000); return;'), effect()],
  ]),
  shape(
    'function: node.done not on every path',
    'limit',
    [[code('if (msg.never) node.done(); return msg;'), effect()]],
    { openTypes: ['function'] },
  ),
  shape(
    'function: failing setup',
    'limit',
    [[code('return msg;', { initialize: 'throw new Error("setup");' }), effect()]],
    { effects: 0, openTypes: ['function'] },
  ),
  shape('function: alters _msgid', 'exact', [
    [code('msg._msgid = "other"; return msg;'), code('return msg;'), effect()],
  ]),
  shape('function: deletes _msgid', 'exact', [
    [code('delete msg._msgid; return msg;'), code('return msg;'), effect()],
  ]),
  shape('function: new object by JSON', 'exact', [
    [code('return JSON.parse(JSON.stringify(msg));'), code('return {payload: 1};'), effect()],
  ]),
  shape('function: throws, uncaught', 'exact', [[code('throw new Error("thrown");'), effect()]], {
    effects: 0,
    how: 'failed',
  }),
  shape('change: sets _msgid', 'exact', [[change([set('_msgid', 'changed')]), effect()]]),
  shape('change: deletes _msgid', 'exact', [
    [change([{ t: 'delete', p: '_msgid', pt: 'msg' }]), { type: 'junction' }, effect()],
  ]),
  shape('change, template, json, csv, yaml, xml, range', 'exact', [
    [
      change([set('payload', '{"a":1}')]),
      { type: 'json', property: 'payload', action: '', pretty: false },
      { type: 'yaml', property: 'payload' },
      template('a,b\n1,2'),
      {
        type: 'csv',
        sep: ',',
        hdrin: true,
        hdrout: 'all',
        multi: 'one',
        ret: '\\n',
        temp: '',
        skip: 0,
        strings: true,
      },
      template('<a>1</a>'),
      { type: 'xml', property: 'payload', attr: '', chr: '' },
      change([set('payload', '5', 'num')]),
      {
        type: 'range',
        minin: 0,
        maxin: 10,
        minout: 0,
        maxout: 100,
        action: 'scale',
        round: false,
        property: 'payload',
      },
      effect(),
    ],
  ]),
];
