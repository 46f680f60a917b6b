import assert from 'node:assert/strict';
import { InvalidError } from '../../../lib/core/errors';
import { isCloudBuilder, parseTypebotAddress } from '../../../lib/typebot/address';

describe('the address of a bot in Typebot', () => {
  const read = (startUrl: string, apiBaseUrl = ''): string => {
    const { base, botId, isPreview } = parseTypebotAddress({ startUrl, apiBaseUrl });
    return `${base.href} ${botId}${isPreview ? ' (draft)' : ''}`;
  };

  for (const [pasted, expected] of [
    ['https://typebot.co/my-bot', 'https://typebot.co/ my-bot'],
    [' https://typebot.co/my-bot/ ', 'https://typebot.co/ my-bot'],
    ['typebot.co/my-bot?utm_source=x&NAME=Ivan#top', 'https://typebot.co/ my-bot'],
    ['https://viewer.example.com//my-bot//', 'https://viewer.example.com/ my-bot'],
    ['https://host.example/bots/my-bot', 'https://host.example/bots/ my-bot'],
    ['https://viewer.example.com/my%20bot', 'https://viewer.example.com/ my bot'],
    ['https://typebot.io/api/v1/typebots/my-bot/startChat', 'https://typebot.io/ my-bot'],
    ['https://typebot.io/api/v1/typebots/my-bot/startChat/?x=1', 'https://typebot.io/ my-bot'],
    ['https://typebot.io/api/v1/typebots/my-bot', 'https://typebot.io/ my-bot'],
    ['https://typebot.io/api/v2/typebots/my-bot/startChat', 'https://typebot.io/ my-bot'],
    ['https://host.example/tb/api/v1/typebots/my-bot/startChat', 'https://host.example/tb/ my-bot'],
    ['https://v.example/api/v1/typebots/cm1x/preview/startChat', 'https://v.example/ cm1x (draft)'],
    ['https://app.typebot.io/api/v1/typebots/cm1x/preview/startChat', 'https://app.typebot.io/ cm1x (draft)'],
    ['http://127.0.0.1:3001/my-bot', 'http://127.0.0.1:3001/ my-bot'],
    ['localhost:3001/my-bot', 'http://localhost:3001/ my-bot'],
  ] as const) {
    it(`is read out of "${pasted}"`, () => assert.equal(read(pasted), expected));
  }

  for (const [apiBaseUrl, expected] of [
    ['https://viewer.example.com', 'https://viewer.example.com/ my-bot'],
    ['https://viewer.example.com/api', 'https://viewer.example.com/ my-bot'],
    ['https://viewer.example.com/api/v1/', 'https://viewer.example.com/ my-bot'],
    ['https://host.example/tb/api/v1', 'https://host.example/tb/ my-bot'],
  ] as const) {
    it(`has its API at "${apiBaseUrl}" when that is given`, () => {
      assert.equal(read('my-bot', apiBaseUrl), expected);
      assert.equal(read('https://bots.example.com/my-bot', apiBaseUrl), expected);
    });
  }

  for (const pasted of [
    'https://typebot.co',
    'https://typebot.co/',
    'https://typebot.co/api/v1',
    'https://typebot.co/api/v1/sendMessage',
    'https://typebot.co/api/v1/sessions/cm1/continueChat',
    'my-bot',
    'https://app.typebot.io/typebots/cm1/edit',
    'https://app.typebot.com/my-bot',
    'https://builder.example.com/typebots/cm1/edit',
    'https://builder.example.com/ru/typebots/cm1/results',
    'https://builder.example.com/dashboard',
    'https://typebot.co/..%2Fx',
    'https://typebot.co/%E0%A4%A',
  ]) {
    it(`is not "${pasted}", and an example is named`, () => {
      assert.throws(
        () => read(pasted),
        (error) => error instanceof InvalidError && error.params['expected'] === 'https://typebot.co/my-bot',
      );
    });
  }

  it('must be https outside this machine, and in a private network only when that is allowed', () => {
    const policy = { origin: 'configured' as const, allowPrivateNetwork: true };
    for (const startUrl of [
      'http://typebot.example.com/b',
      'https://10.0.0.5/b',
      'ftp://typebot.example.com/b',
    ]) {
      assert.throws(() => read(startUrl), { code: 'ADDRESS_REFUSED' });
    }
    assert.throws(() => read('my-bot', 'https://10.0.0.5'), { code: 'ADDRESS_REFUSED' });
    assert.throws(() => parseTypebotAddress({ startUrl: 'http://10.0.0.5/b' }, policy), {
      code: 'ADDRESS_REFUSED',
    });
    assert.equal(
      parseTypebotAddress({ startUrl: 'https://10.0.0.5/b' }, policy).base.href,
      'https://10.0.0.5/',
    );
    assert.throws(() => read('  '), { code: 'CONFIG_EMPTY' });
  });

  it('is known to be the builder of the cloud', () => {
    assert.ok(isCloudBuilder(new URL('https://app.typebot.io/')));
    assert.ok(!isCloudBuilder(new URL('https://typebot.io/')));
  });
});
