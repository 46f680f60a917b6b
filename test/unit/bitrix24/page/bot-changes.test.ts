import assert from 'node:assert/strict';
import {
  commandChanges,
  effectiveChanges,
  isUnchanged,
  readChanges,
  revisionOf,
  unchanged,
  withChanges,
  writeChanges,
} from '../../../../lib/bitrix24/page/bot-changes';
import { changesWith, command, ownWish } from './bots';

const namesOf = (wish: { commands: readonly { command: string }[] }): string[] =>
  wish.commands.map((one) => one.command);

describe('what was changed of a bot inside the portal', () => {
  it('is laid over what the node says, and leaves the rest alone', () => {
    const own = ownWish({ color: 'MINT', avatar: 'AAAA' });
    assert.deepEqual(withChanges(own, unchanged), own);
    const renamed = withChanges(own, changesWith({ name: 'Ann', isOff: true }));
    assert.deepEqual(renamed, { ...own, botName: 'Ann' });
    assert.equal(withChanges(own, changesWith({ picture: 'BBBB' })).avatar, 'BBBB');
  });

  it('changes commands in their places, takes some away and puts new ones behind', () => {
    const own = ownWish({ commands: [command('/Help'), command('stop'), command('more')] });
    const wanted = [command('help', 'Get help'), command('more'), command('price')];
    const commands = commandChanges(own, wanted);
    assert.deepEqual(
      commands.map((change) => [change.command, change.wish?.title?.['en']]),
      [
        ['help', 'Get help'],
        ['price', 'price'],
        ['stop', undefined],
      ],
    );
    assert.deepEqual(namesOf(withChanges(own, changesWith({ commands }))), ['help', 'more', 'price']);
  });

  it('lets a command through that the node has got since', () => {
    const commands = commandChanges(ownWish(), [command('help', 'Get help')]);
    const later = ownWish({ commands: [command('help'), command('stop'), command('new')] });
    assert.deepEqual(namesOf(withChanges(later, changesWith({ commands }))), ['help', 'new']);
  });

  it('is nothing where it is what the node says anyway', () => {
    const own = ownWish({ avatar: 'AAAA' });
    assert.deepEqual(commandChanges(own, [...own.commands]), []);
    const commands = [
      { command: 'help', wish: command('help') },
      { command: 'gone', wish: undefined },
    ];
    const left = effectiveChanges(own, changesWith({ name: 'Helper', picture: 'AAAA', commands }));
    assert.ok(isUnchanged(left));
    const stays = changesWith({ name: 'Ann', isOff: true, commands: [{ command: 'stop', wish: undefined }] });
    assert.deepEqual(effectiveChanges(own, stays), stays);
  });

  it('has another revision when somebody changed it, or the node, and the same otherwise', () => {
    const own = ownWish();
    const revision = revisionOf(own, unchanged);
    assert.equal(revisionOf(ownWish(), changesWith({})), revision);
    const others = [
      revisionOf(own, changesWith({ name: 'Ann' })),
      revisionOf(own, changesWith({ picture: 'AAAA' })),
      revisionOf(own, changesWith({ commands: [{ command: 'stop', wish: undefined }] })),
      revisionOf(ownWish({ botName: 'Ann' }), unchanged),
      revisionOf(ownWish({ commands: [command('help')] }), unchanged),
    ];
    assert.equal(new Set([revision, ...others]).size, others.length + 1);
  });

  it('comes back as it was written, and whatever else is there is looked at', () => {
    const commands = [
      { command: 'help', wish: { ...command('help'), title: { en: 'Help', de: 'Hilfe' }, common: true } },
      { command: '__proto__', wish: command('__proto__') },
      { command: 'stop', wish: undefined },
    ];
    const changes = changesWith({ name: 'Ann', isOff: true, commands });
    const stored: unknown = JSON.parse(JSON.stringify(writeChanges(changes)));
    const { picture, ...rest } = changes;
    assert.equal(picture, undefined);
    assert.deepEqual(readChanges(stored), { changes: rest, pictureDigest: undefined });
    for (const odd of [undefined, null, 'x', 7, [], { name: {}, commands: [null, 7, { wish: {} }] }]) {
      assert.deepEqual(readChanges(odd).changes, { name: undefined, isOff: false, commands: [] });
    }
  });
});
