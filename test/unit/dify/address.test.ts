import assert from 'node:assert/strict';
import { InvalidError } from '../../../lib/core/errors';
import { cleanApiKey, parseDifyAddress } from '../../../lib/dify/address';

describe('the address of Dify', () => {
  for (const [pasted, expected] of [
    ['https://api.dify.ai/v1', 'https://api.dify.ai/v1/'],
    [' https://api.dify.ai/v1/ ', 'https://api.dify.ai/v1/'],
    ['https://api.dify.ai', 'https://api.dify.ai/v1/'],
    ['api.dify.ai', 'https://api.dify.ai/v1/'],
    ['https://api.dify.ai/v1/chat-messages', 'https://api.dify.ai/v1/'],
    ['https://api.dify.ai/v1/workflows/run?x=1#y', 'https://api.dify.ai/v1/'],
    ['https://host.example/dify/v1/', 'https://host.example/dify/v1/'],
    ['https://host.example/proxy', 'https://host.example/proxy/'],
    ['https://host.example/chat/v1', 'https://host.example/chat/v1/'],
    ['http://127.0.0.1:5001', 'http://127.0.0.1:5001/v1/'],
    ['localhost:5001/v1', 'http://localhost:5001/v1/'],
  ] as const) {
    it(`is ${expected} for "${pasted}"`, () => assert.equal(parseDifyAddress(pasted).href, expected));
  }

  for (const [pasted, expected] of [
    ['https://cloud.dify.ai/app/0b1c/develop', 'https://api.dify.ai/v1'],
    ['https://udify.app/chat/AbCd', 'https://api.dify.ai/v1'],
    ['https://dify.example.com/app/0b1c/workflow', 'https://dify.example.com/v1'],
    ['https://dify.example.com/chat/AbCd', 'https://dify.example.com/v1'],
  ] as const) {
    it(`is told to be ${expected} for the page ${pasted}`, () => {
      assert.throws(
        () => parseDifyAddress(pasted),
        (error) => error instanceof InvalidError && error.params['expected'] === expected,
      );
    });
  }

  it('must be https outside this machine, and in a private network only when that is allowed', () => {
    const refused = (text: string, isAllowed = false): void => {
      const policy = { origin: 'configured' as const, allowPrivateNetwork: isAllowed };
      assert.throws(() => parseDifyAddress(text, policy), { code: 'ADDRESS_REFUSED' });
    };
    refused('http://dify.example.com/v1');
    refused('http://10.0.0.5/v1', true);
    refused('https://10.0.0.5/v1');
    refused('ftp://dify.example.com');
    const policy = { origin: 'configured' as const, allowPrivateNetwork: true };
    assert.equal(parseDifyAddress('https://10.0.0.5', policy).href, 'https://10.0.0.5/v1/');
    assert.throws(() => parseDifyAddress('  '), { code: 'CONFIG_EMPTY' });
  });
});

describe('the key of a Dify app', () => {
  it('is taken as it was copied', () => {
    for (const pasted of ['app-abc', ' app-abc\n', 'Bearer app-abc', 'Authorization: Bearer app-abc']) {
      assert.equal(cleanApiKey(pasted), 'app-abc');
    }
  });

  it('is none of a knowledge base, and nothing that would break a header', () => {
    assert.throws(() => cleanApiKey(' '), { code: 'CONFIG_EMPTY' });
    for (const wrong of ['dataset-abc', 'app-a\r\nX: y', 'app-ключ']) {
      assert.throws(
        () => cleanApiKey(wrong),
        (error) =>
          error instanceof InvalidError && error.code === 'CONFIG_INVALID' && !error.message.includes(wrong),
      );
    }
  });
});
