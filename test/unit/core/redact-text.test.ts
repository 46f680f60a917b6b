import assert from 'node:assert/strict';
import { createRedactor } from '../../../lib/core/redact';

const redact = (text: string): string => createRedactor().text(text);

describe('redactor: texts by pattern', () => {
  const masked: Record<string, [source: string, shown: string]> = {
    'a pair': ['token=abc123', 'token=***'],
    'pairs of a query': ['/x?auth=abc&id=5&sessid=f00', '/x?auth=***&id=5&sessid=***'],
    'PHP brackets': ['auth[access_token]=abc&auth[domain]=d.x', 'auth[access_token]=***&auth[domain]=d.x'],
    'encoded brackets': [
      'data%5BBOT%5D%5Baccess_token%5D=abc&x=1',
      'data%5BBOT%5D%5Baccess_token%5D=***&x=1',
    ],
    'a batch command in a form': ['cmd=user.get%3Fauth%3Dabc%26ID%3D1', 'cmd=user.get%3Fauth%3D***%26ID%3D1'],
    'a quoted value with spaces': ['client_secret="a b c" next', 'client_secret="***" next'],
    'a quoted value that was cut off': ['password="a b', 'password="***'],
    'spaces around the sign': ['password = hunter2', 'password = ***'],
    'an array as PHP prints it': ['[refresh_token] => abc', '[refresh_token] => ***'],
    'a prefix to the name': ['BITRIX_APPLICATION_TOKEN=abc', 'BITRIX_APPLICATION_TOKEN=***'],
    'the secret of a v1 bot': ['CLIENT_ID=abc&BOT_ID=7', 'CLIENT_ID=***&BOT_ID=7'],
    'an escaped ampersand': ['{"u":"x?a=1\\u0026auth=abc"}', '{"u":"x?a=1\\u0026auth=***"}'],
    JSON: ['{"AUTH_ID":"abc","REFRESH_ID":"d","n":1}', '{"AUTH_ID":"***","REFRESH_ID":"***","n":1}'],
    'JSON with spaces': ['{"apiKey" : "abc"}', '{"apiKey" : "***"}'],
    'JSON that was cut off': ['{"apiKey":"abc', '{"apiKey":"***'],
    'a number in JSON': ['{"token":12345,"n":1}', '{"token":***,"n":1}'],
    'a list in JSON': ['{"cookie":["a","b"],"n":1}', '{"cookie":[***],"n":1}'],
    'a nested object in JSON': ['{"auth":{"access_token":"abc"}}', '{"auth":{"access_token":"***"}}'],
    'quotes and backslashes in a value': ['{"secret":"a\\"b\\\\","n":1}', '{"secret":"***","n":1}'],
    'an object as Node prints it': ["{ botToken: 'abc', id: 5 }", "{ botToken: '***', id: 5 }"],
    'a setting in a file': ['api_key: app-1234567890', 'api_key: ***'],
    Bearer: ['Bearer xyz', 'Bearer ***'],
    'a header': ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic ***'],
    'a header of Yandex': ['authorization: Api-Key AQVNwords', 'authorization: Api-Key ***'],
    'an IAM token': [`refused: t1.${'9euelZ-_'.repeat(8)}.`, 'refused: ***.'],
    'an IAM token with its signature': [`(t1.${'9euelZ-_'.repeat(8)}==.${'aB-_'.repeat(20)}=)`, '(***)'],
    'an IAM token in a query': [`?t=t1.${'9euelZ-_'.repeat(8)}%3D.${'aB-_'.repeat(20)}&n=1`, '?t=***&n=1'],
    'an IAM token after an escape': [`{"s":"a\\nt1.${'9euelZ-_'.repeat(8)}"}`, '{"s":"a\\n***"}'],
    'a webhook': [
      'https://p.bitrix24.com/rest/1/s3cret/profile',
      'https://p.bitrix24.com/rest/1/***/profile',
    ],
    'a webhook without a method': ['see https://p.x/rest/12/s3cret', 'see https://p.x/rest/12/***'],
    'an encoded webhook': [
      'u=https%3A%2F%2Fp%2Frest%2F1%2Fabc%2Fx',
      'u=https%3A%2F%2Fp%2Frest%2F1%2F***%2Fx',
    ],
    'a webhook in JSON of PHP': [
      '"https:\\/\\/p\\/rest\\/1\\/abc\\/x"',
      '"https:\\/\\/p\\/rest\\/1\\/***\\/x"',
    ],
    'a user and password': ['redis://me:p@ss@host:6379/0', 'redis://***@host:6379/0'],
    'a download address': ['"DOWNLOAD_URL":"https:\\/\\/p\\/d?x=1"', '"DOWNLOAD_URL":"***"'],
    'a private key': ['k -----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY----- z', 'k *** z'],
    'a token in BB code': ['[URL=https://x.y/?token=abc]go[/URL]', '[URL=https://x.y/?token=***]go[/URL]'],
  };
  for (const [name, [source, shown]] of Object.entries(masked)) {
    it(`masks ${name}`, () => assert.equal(redact(source), shown));
  }

  it('masks JSON inside JSON inside JSON', () => {
    const deep = { note: 'kept', refresh_token: 'a"b\\c\\' };
    const twice = JSON.stringify({ inner: JSON.stringify({ inner: JSON.stringify(deep) }), password: 'x\\' });
    const shown = redact(twice);
    const middle: unknown = JSON.parse(shown);
    assert.deepEqual(middle, {
      inner: JSON.stringify({ inner: JSON.stringify({ note: 'kept', refresh_token: '***' }) }),
      password: '***',
    });
  });

  it('gives the same when it is used twice', () => {
    for (const [source] of Object.values(masked)) assert.equal(redact(redact(source)), redact(source));
  });

  const unharmed = [
    'the token of trust',
    'Tokens: 5 in, 7 out. Secret: there is none!',
    'The token: see the page on secrets.',
    'The authorization: a short history',
    'a Bearer token was sent with the wrong Bearer scheme',
    'the bearer of this letter',
    'Forgot your password? Mail me@example.com',
    'auth == true, basic = 5',
    '[b]password[/b] [URL=https://example.com/a?b=c&d=e]link[/URL] [USER=5]Ann[/USER] [SEND=/help]help[/SEND]',
    '[URL=https://example.com]mail@example.com[/URL]',
    'POST /rest/imbot.v2.Chat.Message.send took 5 ms',
    '{"total_tokens":15,"token":null,"password":"","domain":"x.bitrix24.com"}',
    'an instance of t1.micro, chapter t1.2, the file part1.wav, t1.',
    'пароль на двери, ключ под ковриком 🔑',
    '',
  ];
  for (const text of unharmed) {
    it(`leaves alone: ${text.slice(0, 40)}`, () => assert.equal(redact(text), text));
  }

  const long = 1_000_000;
  const patience: Record<string, string> = {
    'one letter': 'a'.repeat(long),
    backslashes: '\\'.repeat(long),
    quotes: '"'.repeat(long),
    'spaces after a name': `"token"${' '.repeat(long)}`,
    'spaces after a header': `authorization:${' '.repeat(long)}`,
    'one long value': `token=${'a'.repeat(long)}`,
    'escapes in a value': `"token":"${'\\"'.repeat(long / 2)}`,
    'names without values': 'token='.repeat(long / 6),
    'names with open quotes': 'token="'.repeat(long / 7),
    'encoded brackets': '%5B'.repeat(long / 3),
    'schemes of addresses': 'https://'.repeat(long / 8),
    'one long host': `https://${'a'.repeat(long)}`,
    webhooks: '/rest/1/'.repeat(long / 8),
    'tokens that never begin': 't1.'.repeat(long / 3),
    'one long token': `t1.${'a'.repeat(long)}.`,
    'keys that never end': '-----BEGIN PRIVATE KEY-----'.repeat(long / 27),
    'the beginning of a learnt secret': 'marker-secre'.repeat(long / 12),
  };
  it('comes to an end on long texts of every awkward kind', () => {
    const redactor = createRedactor();
    redactor.learn('marker-secret');
    for (const [name, text] of Object.entries(patience)) {
      const shown = redactor.text(`${text} marker-secret`);
      assert.ok(!shown.includes('marker-secret'), name);
      assert.notEqual(shown, '[unreadable]', name);
    }
  });
});
