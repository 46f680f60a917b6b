import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { inspect } from 'node:util';
import helper from 'node-red-node-test-helper';
import { at, textAt } from '../../lib/core/fields';
import { parseAuthorizedKey, signProof } from '../../lib/speechsense/authorized-key';
import { checkSpeechSense } from '../../nodes/config/speechsense-connection/check-speechsense';
import { learnSecrets } from '../../nodes/runtime/redactor';
import { readSettings } from '../../nodes/runtime/settings';
import { patienceMs } from '../support/patience';
import { useConnectionScene } from './speechsense-scene';

const sentence = (name: string): RegExp => new RegExp(`^speechsense-connection\\.check\\.${name}\\n`);

describe('speechsense-connection', () => {
  const scene = useConnectionScene();

  async function iamToken(): Promise<string> {
    const { iam } = scene.service;
    const audience = 'https://iam.api.cloud.yandex.net/iam/v1/tokens';
    const jwt = signProof(parseAuthorizedKey(iam.keyFile()), audience, Date.now());
    const answer = await fetch(`${iam.origin}/iam/v1/tokens`, {
      method: 'POST',
      body: JSON.stringify({ jwt }),
    });
    return textAt(await answer.json(), 'iamToken') ?? assert.fail('no token');
  }

  describe('offers a client', () => {
    it('that signs in with an API key', async () => {
      const client = await scene.deploy();
      assert.deepEqual((await client?.search())?.talkIds, []);
      const [call] = scene.service.calls;
      assert.equal(call?.headers['authorization'], `Api-Key ${scene.service.apiKey}`);
      assert.match(String(call?.headers['user-agent']), /^bitlane-node-red/);
      assert.deepEqual(
        [client?.kind, client?.connectionId, client?.authority],
        ['audio', scene.service.connectionId, scene.service.endpoint],
      );
    });

    it('that signs in with an API key as it was copied, words and all', async () => {
      const client = await scene.deploy({}, ` Api-Key ${scene.service.apiKey} `);
      assert.equal((await client?.check())?.ok, true);
    });

    it('that signs in with an IAM token', async () => {
      const client = await scene.deploy({ authType: 'iam-token' }, await iamToken());
      assert.equal((await client?.check())?.ok, true);
      assert.match(String(scene.service.calls[0]?.headers['authorization']), /^Bearer t1\./);
    });

    it('that signs in with a key file, exchanged for a token at the token address', async () => {
      const { iam } = scene.service;
      const settings = { authType: 'authorized-key', iamEndpoint: iam.origin };
      const client = await scene.deploy(settings, iam.keyFile());
      assert.equal((await client?.check())?.ok, true);
      assert.deepEqual(iam.exchanges, [{ ok: true, reason: '' }]);
    });

    it('for a connection of chats, with plaintext by the switch instead of the scheme', async () => {
      const { endpoint, chatConnectionId } = scene.service;
      const client = await scene.deploy({
        ...{ endpoint, tls: false, kind: 'chat', connectionId: chatConnectionId },
      });
      assert.equal(client?.kind, 'chat');
      assert.equal((await client?.check())?.ok, true);
    });

    it('that searches where its ids say', async () => {
      const { projectId } = scene.service;
      const client = await scene.deploy({ organizationId: 'bpf1', spaceId: 'f3f1', projectId });
      await client?.search();
      const [request] = scene.service.callsOf('Search')[0]?.messages ?? [];
      assert.deepEqual(
        ['organization_id', 'space_id', 'project_id'].map((name) => at(request, name)),
        ['bpf1', 'f3f1', projectId],
      );
    });

    it('that is closed with the node, and what is under way with it', async () => {
      const client = await scene.deploy();
      scene.service.script({ on: 'Search', silent: true });
      const asked = assert.rejects(async () => client?.search(), { code: 'CANCELLED' });
      await scene.service.untilCall(({ method }) => method === 'Search');
      await Promise.resolve(helper.unload());
      await asked;
      await scene.service.untilCall(({ isOver }) => isOver);
    });
  });

  describe('says what is wrong with a setting', () => {
    const file = (name: string, text: string): string => {
      const path = join(scene.folder, name);
      writeFileSync(path, text);
      return path;
    };

    for (const [what, settings, pattern] of [
      ['an unset variable', { connectionId: '${SPEECHSENSE_NOWHERE}' }, /SPEECHSENSE_NOWHERE is not set/],
      ['no connection', { connectionId: ' ' }, /connectionId is empty/],
      ['plaintext to a far host', { endpoint: 'http://speechsense.example' }, /speechsense\.example/],
      ['plaintext to a far host by the switch', { endpoint: 'speechsense.example:443', tls: false }, /https/],
      ['an address with a path', { endpoint: 'https://speechsense.example/v1' }, /without a path/],
      ['an address that is none', { endpoint: 'http://' }, /address|URL/i],
      ['a way to sign in that is none', { authType: 'password' }, /authType must be api-key/],
      ['a kind that is none', { kind: 'video' }, /kind must be audio, chat/],
      ['a language that is none', { language: 'Russian' }, /no code of a language/],
      ['too many uploads at once', { uploadsAtOnce: 9 }, /uploadsAtOnce must be 1–8/],
      ['half an upload', { uploadsAtOnce: '2.5' }, /no whole number/],
      ['a file of certificates that is not there', { caFile: '/nowhere/ca.pem' }, /cannot be read/],
    ] as const) {
      it(what, async () => {
        assert.equal(await scene.deploy(settings), undefined);
        assert.match(scene.errors().join('\n'), pattern);
      });
    }

    it('a secret from a variable that is not set, and none at all', async () => {
      assert.equal(await scene.deploy({}, '${SPEECHSENSE_NOWHERE}'), undefined);
      assert.match(scene.errors().join('\n'), /SPEECHSENSE_NOWHERE is not set/);
      await Promise.resolve(helper.unload());
      assert.equal(await scene.deploy({}, ''), undefined);
      assert.match(scene.errors().join('\n'), /secret is empty/);
    });

    it('a file of certificates that holds none', async () => {
      assert.equal(await scene.deploy({ caFile: file('words.pem', 'no certificate') }), undefined);
      assert.match(scene.errors().join('\n'), /no PEM certificate/);
      await Promise.resolve(helper.unload());
      const caFile = file('ca.pem', rootCertificates.slice(0, 2).join('\n'));
      assert.ok(await scene.deploy({ caFile }));
    });

    it('a key file that is broken', async () => {
      for (const keyFile of ['{}', 'not JSON', '{"id":"a","service_account_id":"b","private_key":"c"}']) {
        assert.equal(await scene.deploy({ authType: 'authorized-key' }, keyFile), undefined);
        assert.match(scene.errors().join('\n'), /key file/);
        await Promise.resolve(helper.unload());
      }
    });

    it('none of these: several languages, text for numbers, the defaults of an older node', async () => {
      const settings = { language: 'ru-RU, kk-KZ', uploadsAtOnce: '8', believesSearch: 'true', tls: 'true' };
      assert.ok(await scene.deploy(settings));
      await Promise.resolve(helper.unload());
      assert.ok(await scene.deploy({ kind: undefined, authType: undefined }));
    });
  });

  describe('answers Check connection', () => {
    beforeEach(async () => {
      await scene.deploy();
    });

    it('with the words of the service, says what they leave open, and uploads nothing', async () => {
      const { ok, message, details } = await scene.check();
      assert.deepEqual([ok, message], [true, 'SpeechSense request successful']);
      assert.deepEqual(details, { verdict: 'ready', note: 'speechsense-connection.check.unproved' });
      assert.deepEqual(
        scene.service.calls.map(({ method }) => method),
        ['ListModels', 'Search'],
      );
    });

    it('with the stored secret when nobody has touched the field', async () => {
      const { ok } = await scene.check({ id: 'conf', credentials: { secret: '__PWRD__' } });
      assert.equal(ok, true);
    });

    it('for each way to sign in', async () => {
      const token = await iamToken();
      const { iam } = scene.service;
      const withToken = { authType: 'iam-token', credentials: { secret: token } };
      assert.equal((await scene.check(withToken)).ok, true);
      const withFile = { authType: 'authorized-key', iamEndpoint: iam.origin };
      assert.equal((await scene.check({ ...withFile, credentials: { secret: iam.keyFile() } })).ok, true);
      iam.revoke();
      const revoked = await scene.check(withToken);
      assert.match(revoked.message, sentence('iamToken'));
      iam.failNext({ status: 401, body: { code: 16, message: 'Unknown key' } });
      const unknown = await scene.check({ ...withFile, credentials: { secret: iam.keyFile() } });
      assert.match(unknown.message, sentence('authorizedKey'));
      const broken = await scene.check({ ...withFile, credentials: { secret: '{"id":"a"}' } });
      assert.match(broken.message, sentence('keyFile'));
      for (const { ok, details } of [revoked, unknown, broken]) {
        assert.deepEqual([ok, at(details, 'verdict')], [false, 'key']);
      }
    });

    it('when the key is wrong, the account no member, or the connection unknown', async () => {
      assert.match(
        (await scene.check({ credentials: { secret: 'AQVN-nobody' } })).message,
        sentence('apiKey'),
      );
      assert.match((await scene.check({ connectionId: 'eagnobody' })).message, sentence('notFound'));
      scene.service.setMember(false);
      const denied = await scene.check();
      assert.match(denied.message, sentence('denied'));
      assert.deepEqual([denied.ok, at(denied.details, 'verdict')], [false, 'denied']);
    });

    it('when Search wants more ids than there are, or does not take those that there are', async () => {
      const refuse = { code: 3, message: 'organization_id is required' };
      scene.service.script({ on: 'Search', refuse }, { on: 'Search', refuse });
      const few = await scene.check({ projectId: 'eagsandboxproject' });
      assert.match(few.message, sentence('incomplete'));
      assert.deepEqual([few.ok, at(few.details, 'verdict')], [false, 'incomplete']);
      const all = { organizationId: 'o', spaceId: 's', projectId: 'eagsandboxproject' };
      assert.match((await scene.check(all)).message, sentence('contradictory'));
    });

    for (const [name, code] of [
      ['host', 12],
      ['quota', 8],
      ['refused', 9],
    ] as const) {
      it(`when the service answers with status ${code}`, async () => {
        scene.service.script({ on: 'Search', refuse: { code, message: 'no' } });
        const { ok, message } = await scene.check();
        assert.match(message, sentence(name));
        assert.equal(ok, false);
      });
    }

    it('when the encrypted connection cannot be made', async () => {
      const { message } = await scene.check({ endpoint: `https://${scene.service.localEndpoint}` });
      assert.match(message, sentence('tls'));
    });

    it('when nothing answers there, or the token address is dead', async () => {
      const { iam } = scene.service;
      const keyFile = iam.keyFile();
      await iam.stop();
      const credentials = { secret: keyFile };
      const noToken = await scene.check({ authType: 'authorized-key', iamEndpoint: iam.origin, credentials });
      assert.match(noToken.message, sentence('network'));
      const { message } = await scene.check({ endpoint: 'http://127.0.0.1:9' });
      assert.match(message, sentence('network'));
    });

    it('when an address may not be called, or a field is empty or unset', async () => {
      const credentials = { secret: scene.service.iam.keyFile() };
      for (const [form, pattern] of [
        [{ authType: 'authorized-key', iamEndpoint: 'http://iam.example', credentials }, /iam\.example/],
        [{ endpoint: 'http://speechsense.example' }, /speechsense\.example/],
        [{ endpoint: '10.0.0.5:443' }, /10\.0\.0\.5|private/],
        [{ connectionId: '' }, /connectionId is empty/],
        [{ connectionId: '${SPEECHSENSE_NOWHERE}' }, /SPEECHSENSE_NOWHERE is not set/],
        [{ credentials: {} }, /secret is empty/],
      ] as const) {
        const { ok, message } = await scene.check(form);
        assert.equal(ok, false);
        assert.match(message, pattern);
      }
    });
  });

  describe('shows its secret to nobody', () => {
    /** The check with all that its sentences could tell; the test Node-RED leaves out what a sentence is filled with. */
    async function checkAloud(properties: object, secret: string): Promise<string> {
      const settings = learnSecrets(readSettings({ ...scene.usualSettings(), ...properties }, { secret }));
      const translate = (key: string, params: object = {}): string => `${key} ${JSON.stringify(params)}`;
      const signal = AbortSignal.timeout(patienceMs);
      return (await checkSpeechSense({ settings, id: 'conf', translate, signal })).message;
    }

    it('when a key is refused with the key in the words of the service', async () => {
      const marker = 'AQVN-marker-secret-of-nobody';
      const client = await scene.deploy({}, `Api-Key ${marker}`);
      const { body } = await scene.check({ id: 'conf', credentials: { secret: '__PWRD__' } });
      const aloud = await checkAloud({}, `Api-Key ${marker}`);
      assert.match(aloud, /UNAUTHENTICATED|Unknown api key/);
      const failure = await client?.search().then(
        () => assert.fail('it is let in'),
        (error: unknown) => error,
      );
      for (const text of [body, aloud, scene.logged(), inspect(failure)]) {
        assert.ok(!text.includes(marker), text);
      }
    });

    it('when a key holds what no key holds, or stands in other fields as well', async () => {
      const marker = 'AQVN-marker-secret-of-nobody';
      assert.equal(await scene.deploy({}, `${marker}-ключ`), undefined);
      assert.equal(scene.errors().length, 1);
      assert.ok(!scene.logged().includes(marker));
      await Promise.resolve(helper.unload());
      await scene.deploy({ connectionId: marker }, marker);
      const aloud = await checkAloud({ connectionId: scene.service.apiKey }, scene.service.apiKey);
      assert.match(aloud, /notFound/);
      for (const text of [aloud, scene.logged()]) {
        assert.ok(!text.includes(marker) && !text.includes(scene.service.apiKey), text);
      }
    });

    it('when a key file is refused, whole or in pieces', async () => {
      const { iam } = scene.service;
      const keyFile = iam.keyFile();
      const pem = textAt(JSON.parse(keyFile), 'private_key') ?? assert.fail('no key');
      const lines = pem.split('\n').filter((line) => /^[\w+/]{64}$/.test(line));
      assert.ok(lines.length > 20);
      const settings = { authType: 'authorized-key', iamEndpoint: iam.origin };
      const client = await scene.deploy(settings, keyFile);
      const echo = { status: 401, body: { code: 16, message: `Unknown key ${pem}` } };
      iam.failNext(echo, echo);
      const refused = await checkAloud(settings, keyFile);
      assert.match(refused, /authorizedKey.*Unknown key/s);
      const failure = await client?.search().then(
        () => assert.fail('it is let in'),
        (error: unknown) => error,
      );
      const broken = { id: 'a', service_account_id: 'b', private_key: pem.replace('MII', 'MXX') };
      const unread = await checkAloud(settings, JSON.stringify(broken));
      assert.match(unread, /keyFile/);
      await Promise.resolve(helper.unload());
      assert.equal(await scene.deploy(settings, JSON.stringify(broken)), undefined);
      for (const text of [refused, unread, inspect(failure), scene.logged()]) {
        assert.deepEqual(
          lines.filter((line) => text.includes(line)),
          [],
        );
      }
    });
  });
});
