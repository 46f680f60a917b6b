import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { isKeyMadeUp, tellOfMadeUpKey } from '../../../nodes/runtime/credential-key';

interface Stored {
  credentialSecret?: string | false;
  editorTheme?: object;
  /** In Node-RED's own file. */
  own?: Record<string, unknown>;
}

const settingsOf = ({ own = {}, ...settings }: Stored): object => ({
  ...settings,
  get: (name: string) => own[name],
});
const madeUp = { own: { _credentialSecret: 'marker-made-up' } };

function askOf(stored: object): boolean {
  return isKeyMadeUp({ settings: stored });
}

describe('the key of the credentials', () => {
  it('is made up when nobody has set one', () => {
    assert.equal(askOf(settingsOf(madeUp)), true);
  });

  it('is not while somebody has set one, or wants none', () => {
    assert.equal(askOf(settingsOf({ ...madeUp, credentialSecret: 'mine' })), false);
    assert.equal(askOf(settingsOf({ ...madeUp, credentialSecret: false })), false);
  });

  it('is that of an open project', () => {
    const editorTheme = { projects: { enabled: true } };
    const open = { own: { ...madeUp.own, projects: { activeProject: 'bots' } } };
    assert.equal(askOf(settingsOf({ ...open, editorTheme })), false);
    assert.equal(askOf(settingsOf({ ...madeUp, editorTheme })), true);
    // Projects were tried once and are off.
    assert.equal(askOf(settingsOf(open)), true);
  });

  it('is not known before Node-RED can read its settings', () => {
    const get = (): never => {
      throw new Error('not available');
    };
    assert.equal(askOf({ get }), false);
    assert.equal(askOf({}), false);
  });
});

describe('the warning of a made-up key', () => {
  function start(credentials: Record<string, Record<string, string>>, stored: Stored = madeUp) {
    const events = new EventEmitter();
    const warned: string[] = [];
    const nodes = {
      eachNode: (look: (node: { id: string; type: string }) => void) =>
        Object.keys(credentials).forEach((id) => look({ id, type: id })),
      getCredentials: (id: string) => credentials[id],
    };
    const log = { warn: (text: string) => void warned.push(text) };
    tellOfMadeUpKey({ events, nodes, log, settings: settingsOf(stored), _: (key) => key });
    return { warned, deploy: () => events.emit('flows:started'), events };
  }

  it('comes once, and is not looked for again', () => {
    const { warned, deploy, events } = start({ 'dify-app': { apiKey: 'typed' } });
    assert.deepEqual(warned, []);
    deploy();
    deploy();
    assert.deepEqual(warned, ['bitlane.warning.madeUpKeyLog']);
    assert.equal(events.listenerCount('flows:started'), 0);
  });

  it("does not come for variables, for nodes of others, or with a key of one's own", () => {
    for (const { deploy, warned } of [
      start({ 'dify-app': { apiKey: '${DIFY_API_KEY}' }, 'bitrix-portal': { webhookUrl: '' } }),
      start({ 'mqtt-broker': { password: 'typed' } }),
      start({ 'dify-app': { apiKey: 'typed' } }, { ...madeUp, credentialSecret: 'mine' }),
    ]) {
      deploy();
      assert.deepEqual(warned, []);
    }
  });
});
