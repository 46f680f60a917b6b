import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Portal } from '../../sandbox/bitrix24';
import { until } from '../support/until';
import { botFlow, botNode, portalNode, type Changes } from './bitrix24-nodes/flow-parts';
import { answered, botOn, say, useScene } from './bitrix24-nodes/scene';

const markerKey = 'marker-encryption-key-7f3a';

describe('the store in a real Node-RED', function () {
  const scene = useScene({ logLevel: 'trace' });
  let portal: Portal;

  before(async () => {
    portal = await scene.portal();
  });

  const storeNode = (changes: Changes = {}): object => ({
    ...{ id: 'store', type: 'bitlane-store', backend: 'embedded', folder: '', keyPrefix: 'bitbot' },
    ...changes,
  });
  const flow = (ofPortal: Changes, ...more: object[]): object[] => [
    ...more,
    ...botFlow(portalNode(portal, ofPortal), botNode(scene.red.url)),
  ];
  const inUserDir = (name: string): string => join(scene.red.userDir, name);
  const journals = (name: string): string[] =>
    readdirSync(inUserDir(name)).filter((file) => file.startsWith('journal'));
  const keyLines = (name: string): string[] =>
    readFileSync(`${inUserDir(name)}.key`, 'utf8')
      .split('\n')
      .filter(Boolean);

  async function converse(): Promise<void> {
    const chat = portal.openChannel({ bots: [botOn(portal)] });
    await say(portal, chat, 'hello');
    assert.deepEqual(await answered(portal, chat, 1), ['hello']);
  }

  it('needs no node: what a portal keeps lies in the user folder', async () => {
    await scene.deployReady(flow({}));
    await converse();
    assert.equal(journals('bitlane').length, 1);
    assert.equal(keyLines('bitlane').length, 1);
  });

  it('stays open through ten deploys, and a bot answers after each', async () => {
    const before = journals('bitlane');
    for (let deploy = 0; deploy < 10; deploy += 1) {
      await scene.deployReady(flow({ name: `deploy ${deploy}` }));
      if (deploy % 5 === 4) await converse();
    }
    // Each opening begins a journal of its own.
    assert.deepEqual(journals('bitlane'), before);
  });

  it('has its own folder when a node says so, and what was in the shared one stays there', async () => {
    await scene.deployReady(flow({ store: 'store' }, storeNode({ folder: 'own' })));
    await converse();
    assert.equal(journals('own').length, 1);
    await until(() => scene.watch.status('store')?.endsWith('ready') ?? false, 'the store node to be ready');
    await until(() => !existsSync(join(inUserDir('bitlane'), 'lock')), 'the shared store to close');
  });

  it('says on request how it is', async () => {
    const { ok, message } = await scene.act('bitlane-store', 'check', { id: 'store', folder: 'own' });
    assert.equal(ok, true);
    assert.match(message, /^The store in .*own is open and can be written\. Kept there: values: \d+, /);
    assert.match(
      message,
      /failed events: 0; journal: [\d.]+ KB\. Bringing a change to the disk takes [\d.]+ ms/,
    );
    const other = await scene.act('bitlane-store', 'check', { folder: 'some/where' });
    assert.match(other.message, /^A store can be made in .*free space: [\d.]+ (?:MB|GB)\.$/);
    assert.ok(!existsSync(inUserDir('some')));
  });

  it('gets another key at the press of a button, and again one that a person has chosen by a deploy', async () => {
    const made = keyLines('own');
    const rotated = await scene.act('bitlane-store', 'rotate', { id: 'store', folder: 'own' });
    assert.match(rotated.message, /^The store has a new key\./);
    assert.notDeepEqual(keyLines('own'), made);

    const chosen = storeNode({ folder: 'own', credentials: { encryptionKey: markerKey } });
    const afterButton = keyLines('own');
    await scene.deployReady(flow({ store: 'store' }, chosen));
    await until(() => keyLines('own').length === 1 && keyLines('own')[0] !== afterButton[0], 'the new key');
    await converse();
    const form = { id: 'store', folder: 'own', credentials: { encryptionKey: '__PWRD__' } };
    const refused = await scene.act('bitlane-store', 'rotate', form);
    assert.match(refused.message, /type a new key here and deploy/);
    for (const key of [...made, ...afterButton, ...keyLines('own'), markerKey]) {
      const shown = [rotated.text, refused.text, inspect(scene.red.log, { maxArrayLength: null })].join();
      assert.ok(!shown.includes(key), 'a key is shown');
    }
    assert.ok(!readFileSync(`${inUserDir('own')}.key`, 'utf8').includes(markerKey));
  });

  const refusals: [what: string, node: Changes, sentence: RegExp][] = [
    [
      'a Redis without an encryption key',
      { backend: 'redis', credentials: { redisUrl: 'redis://:marker@127.0.0.1:1', encryptionKey: '' } },
      /The field “Encryption key” is not right\. Needed: a key of your own, the same on every Node-RED/,
    ],
    [
      'a short key',
      { credentials: { encryptionKey: 'marker-tooshort' } },
      /The field “Encryption key” is not right\. Needed: at least 16 characters/,
    ],
  ];
  for (const [what, changes, sentence] of refusals) {
    it(`refuses ${what} with a sentence that says what to do`, async () => {
      const logged = scene.red.log.length;
      await scene.deploy([storeNode({ folder: 'refused', ...changes })]);
      const said = scene.red.log.slice(logged).join('\n');
      assert.match(said, sentence);
      assert.ok(!said.includes('marker'));
      assert.match(scene.watch.status('store') ?? '', /a setting is wrong|CONFIG_INVALID/);
      assert.ok(!existsSync(inUserDir('refused')));
    });
  }

  it('that cannot be opened turns the portal red, and the bot answers when it can, without a deploy', async () => {
    // Node-RED keeps the credentials of a node that comes without, so this one has an id of its own.
    writeFileSync(inUserDir('blocked-folder'), 'a file where the folder should be');
    await scene.deploy(flow({ store: 'blocked' }, storeNode({ id: 'blocked', folder: 'blocked-folder' })));
    await until(
      () => /store not usable|STORE_UNAVAILABLE/.test(scene.watch.status('portal') ?? ''),
      'the portal to be red',
    );
    const { ok, message } = await scene.act('bitlane-store', 'check', {
      id: 'blocked',
      folder: 'blocked-folder',
    });
    assert.deepEqual([ok, /could not be read or written/.test(message)], [false, true], message);
    rmSync(inUserDir('blocked-folder'));
    await until(() => scene.watch.status('blocked')?.endsWith('ready') ?? false, 'the store to recover');
    await until(() => scene.watch.status('bot')?.endsWith('ready') ?? false, 'the bot to recover');
    await converse();
  });
});
