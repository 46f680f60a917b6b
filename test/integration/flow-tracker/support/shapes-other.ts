import { code, contrib, effect, type ShortNode } from './build-flow';
import { shape, type Shape } from './shape';

const delay = (rest: object): ShortNode => ({
  type: 'delay',
  pauseType: 'delay',
  timeout: '30',
  timeoutUnits: 'milliseconds',
  rate: '1',
  nbRateUnits: '1',
  rateUnits: 'second',
  randomFirst: '10',
  randomLast: '40',
  randomUnits: 'milliseconds',
  drop: false,
  allowrate: false,
  outputs: 1,
  ...rest,
});
const trigger = (rest: object): ShortNode => ({
  type: 'trigger',
  op1: '1',
  op2: '0',
  op1type: 'str',
  op2type: 'nul',
  duration: '4000',
  extend: false,
  overrideDelay: false,
  units: 'ms',
  reset: '',
  bytopic: 'all',
  outputs: 1,
  ...rest,
});
const request = (url: string): ShortNode => ({
  type: 'http request',
  method: 'GET',
  ret: 'txt',
  paytoqs: 'ignore',
  url,
  tls: '',
  persist: false,
  proxy: '',
  authType: '',
  senderr: false,
});
const exec = (useSpawn: 'true' | 'false'): ShortNode => ({
  type: 'exec',
  command: 'echo',
  addpay: '',
  append: 'hello',
  useSpawn,
  timer: '',
  oldrc: false,
  wires: [['@out'], [], ['@out']],
});
const pause = 'await new Promise((resolve) => setTimeout(resolve, 30));';
const catching: ShortNode = { type: 'catch', scope: null, uncaught: false };
const subflow = (inner: readonly object[], rest: object = {}): object[] => [
  {
    id: '@sub',
    type: 'subflow',
    name: 'sub',
    in: [{ wires: [{ id: '@inner' }] }],
    out: [{ wires: [{ id: '@inner', port: 0 }] }],
    env: [],
    ...rest,
  },
  ...inner,
];
const inner = (func: string, rest: object = {}): object => ({
  ...code(func),
  id: '@inner',
  z: '@sub',
  wires: [[]],
  ...rest,
});
const instance: ShortNode = { type: 'subflow:@sub', env: [] };

export const timeShapes: Shape[] = [
  shape('delay: fixed', 'exact', [[delay({}), effect()]]),
  shape('delay: random', 'exact', [[delay({ pauseType: 'random' }), effect()]]),
  shape('delay: rate queue', 'exact', [[delay({ pauseType: 'rate', rate: '50' }), effect()]], {
    messages: [{}, {}, {}],
  }),
  shape(
    'delay: rate, dropping',
    'exact',
    [[delay({ pauseType: 'rate', rate: '1', drop: true }), effect({ run: 'other' })]],
    {
      messages: [{ payload: 1 }, { payload: 2 }],
      effects: 0,
    },
  ),
  shape('delay: reset of a rate queue', 'limit', [[delay({ pauseType: 'rate', rate: '1' }), effect()]], {
    messages: [{ payload: 1 }, { payload: 2 }, { payload: 3, reset: true }],
    effects: 0,
    each: ['exact', 'limit', 'exact'],
    openTypes: ['delay'],
  }),
  shape('trigger: first message', 'exact', [[trigger({}), code(`${pause} return msg;`), effect()]]),
  shape('trigger: second message after the wait', 'early', [[trigger({ op2type: 'str' }), effect()]], {
    effects: 2,
  }),
];

export const outsideShapes: Shape[] = [
  shape('http request', 'exact', [
    [request('URL/@answer'), effect()],
    [
      { type: 'http in', url: '/@answer', method: 'get' },
      delay({}),
      { type: 'http response', statusCode: '', headers: {} },
    ],
  ]),
  shape('http request: fails, caught', 'exact', [
    [request('http://127.0.0.1:1/'), { type: 'junction' }],
    [catching, effect()],
  ]),
  shape('http request: fails, uncaught', 'exact', [[request('http://127.0.0.1:1/'), effect()]], {
    how: 'failed',
  }),
  shape('exec', 'exact', [[exec('false')], [effect({ key: 'out' })]], { effects: 2 }),
  shape('exec: spawn', 'exact', [[exec('true')], [effect({ key: 'out' })]], { effects: 2 }),
  shape('file, file in', 'exact', [
    [
      {
        type: 'file',
        filename: 'DIR/@file',
        filenameType: 'str',
        appendNewline: true,
        createDir: false,
        overwriteFile: 'true',
        encoding: 'none',
      },
      {
        type: 'file in',
        filename: 'DIR/@file',
        filenameType: 'str',
        format: 'utf8',
        sendError: false,
        encoding: 'none',
        allProps: false,
      },
      effect(),
    ],
  ]),
];

export const eventShapes: Shape[] = [
  shape('catch branch', 'exact', [
    [code('throw new Error("thrown");')],
    [catching, code(`${pause} return msg;`), effect()],
  ]),
  shape(
    'catch branch: node.error with the message',
    'exact',
    [
      [code('node.error("reported", msg); return msg;'), effect()],
      [catching, effect()],
    ],
    { effects: 2 },
  ),
  shape('complete branch', 'exact', [
    [code('return msg;', { key: 'work' })],
    [{ type: 'complete', scope: ['@work'], uncaught: false }, code('await null; return msg;'), effect()],
  ]),
  shape('status branch', 'exact', [
    [code('node.status("busy"); return null;', { key: 'work' })],
    [{ type: 'status', scope: ['@work'] }, code('await null; return msg;'), effect()],
  ]),
  shape('status branch: set later', 'exact', [
    [code(`${pause} node.status("busy"); return null;`, { key: 'work' })],
    [{ type: 'status', scope: ['@work'] }, effect()],
  ]),
  shape(
    'node.error later, in one of two messages',
    'exact',
    [[code(`${pause} if (msg.bad) node.error("bad", msg); return msg;`), effect()]],
    {
      messages: [{ bad: true }, {}],
      hows: ['failed', 'finished'],
    },
  ),
  shape('subflow', 'exact', [[instance, effect()]], { whole: subflow([inner('return msg;')]) }),
  shape('subflow: with a status and an environment', 'exact', [[instance, effect()]], {
    whole: subflow(
      [
        inner('node.status(env.get("WORD")); return msg;'),
        { id: '@told', type: 'status', z: '@sub', scope: null, wires: [[]] },
      ],
      { env: [{ name: 'WORD', type: 'str', value: 'busy' }], status: { wires: [{ id: '@told', port: 0 }] } },
    ),
  }),
  shape('subflow: nested', 'exact', [[instance, effect()]], {
    whole: [
      ...subflow([{ id: '@inner', type: 'subflow:@deep', z: '@sub', wires: [[]] }]),
      {
        id: '@deep',
        type: 'subflow',
        name: 'deep',
        in: [{ wires: [{ id: '@deepest' }] }],
        out: [{ wires: [{ id: '@deepest', port: 0 }] }],
      },
      { ...code('return msg;'), id: '@deepest', z: '@deep', wires: [[]] },
    ],
  }),
  shape('subflow: error inside, caught outside', 'exact', [[instance], [catching, effect()]], {
    whole: subflow([inner('throw new Error("inside");')]),
  }),
];

export const contribShapes: Shape[] = [
  shape('new object after a while', 'exact', [[contrib('new-object'), effect()]], { messages: [{}, {}, {}] }),
  shape('new object from a pooled connection', 'exact', [[contrib('pooled'), effect()]]),
  shape('new objects from a pooled connection, several at once', 'exact', [[contrib('pooled'), effect()]], {
    messages: [{}, {}, {}, {}, {}],
  }),
  shape(
    'copies by JSON from a pooled connection, one fails',
    'exact',
    [[contrib('pooled-json'), code('if (msg.bad) throw new Error("bad"); return msg;'), effect()]],
    { messages: [{ bad: true }, {}], effects: 0, hows: ['failed', 'finished'] },
  ),
  shape('frozen message', 'exact', [[contrib('frozen'), { type: 'junction' }, effect()]]),
  shape('two input handlers', 'exact', [[contrib('two-handlers'), effect()]]),
  shape('done() twice', 'exact', [[contrib('done-twice'), effect()]]),
  shape('done() before send()', 'exact', [[contrib('done-first'), effect()]]),
  shape('done() with a default', 'exact', [[contrib('default-done'), effect()]]),
  shape('done(), then a send later', 'early', [[contrib('early-done'), effect()]]),
  shape('done(error), uncaught', 'exact', [[contrib('fails'), effect()]], { effects: 0, how: 'failed' }),
  shape('done(error), caught', 'exact', [[contrib('fails')], [catching, effect()]]),
  shape('handler throws, uncaught', 'late', [[contrib('throws'), effect()]], { effects: 0, how: 'failed' }),
  shape('handler throws, caught', 'late', [[contrib('throws')], [catching, effect()]]),
  shape('node.error() without done, uncaught', 'late', [[contrib('error-only'), effect()]], {
    effects: 0,
    how: 'failed',
  }),
  shape('node.error() without done, caught', 'late', [[contrib('error-only')], [catching, effect()]]),
  shape('legacy: passes on', 'exact', [[contrib('legacy'), effect()]]),
  shape('legacy: passes on later', 'exact', [[contrib('legacy', { wait: 300 }), effect()]]),
  shape('legacy: sends again later', 'early', [[contrib('legacy-twice'), effect()]], { effects: 2 }),
  shape('legacy: drops the message', 'late', [[contrib('legacy-drops'), effect()]], { effects: 0 }),
  shape('legacy: nothing wired, quick', 'late', [[contrib('legacy-sink', { wait: 0 })]]),
  shape('legacy: nothing wired, slow effect', 'early', [[contrib('legacy-sink', { wait: 4000 })]]),
  shape('hold and release', 'exact', [[contrib('holds'), effect()]]),
];
