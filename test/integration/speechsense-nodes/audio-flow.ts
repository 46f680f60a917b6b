import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import type { CallInit, Portal } from '../../../sandbox/bitrix24';
import { startSpeechSense, type SpeechSense, type StoredTalk } from '../../../sandbox/speechsense';
import { until } from '../../support/until';
import { endNode, portalNode, type Changes } from '../bitrix24-nodes/flow-parts';
import { useScene, type Scene } from '../bitrix24-nodes/scene';

export type Row = Readonly<Record<string, unknown>>;

/** A call with something in every field of its row. */
export const fullCall: CallInit = {
  ...{ type: 1, operatorId: 1, phone: '+15550100', externalCallId: 'pbx-77', duration: 12, vote: 5 },
  ...{ crm: { type: 'CONTACT', id: 275 }, activityId: 12, app: true, sessionId: 3841557776 },
  ...{ cost: '1.2500', currency: 'EUR', comment: 'asks for a bill', redialAttempt: 1, transcriptId: 4 },
};

export function audioFlow(service: SpeechSense, portal: Portal, changes: Changes = {}): object[] {
  const onCanvas = { z: 'tab', x: 100, y: 100 };
  return [
    { id: 'tab', type: 'tab', label: 'recordings' },
    portalNode(portal),
    {
      ...{ id: 'conf', type: 'speechsense-connection', kind: 'audio', connectionId: service.connectionId },
      ...{ endpoint: `http://${service.endpoint}`, credentials: { secret: service.apiKey } },
    },
    {
      id: 'upload',
      ...onCanvas,
      type: 'speechsense-upload-audio',
      connection: 'conf',
      wires: [['done']],
      ...changes,
    },
    { id: 'catch', ...onCanvas, type: 'catch', scope: null, uncaught: false, wires: [['caught']] },
    ...['done', 'caught'].map(endNode),
  ];
}

export interface AudioHouse extends Pick<Scene, 'red' | 'watch' | 'deploy' | 'send'> {
  readonly service: SpeechSense;
  readonly portal: Portal;
  /** As `voximplant-calls` will send it, with the portal that it read it from. */
  messageOf(row: Row, more?: object): Record<string, unknown>;
  /** The row as the portal gives it to whoever asks. */
  rowOf(callId: string): Promise<Row>;
  /** Makes a call, and gives its row. */
  newCall(init?: CallInit): Promise<Row>;
  /** Sends, and gives the message or the one with its error. */
  ask(message: Record<string, unknown>): Promise<unknown>;
  upload(row: Row): Promise<unknown>;
  uploaded(message: unknown): Record<string, unknown>;
  /** The code of the error. */
  refused(row: Row): Promise<string | undefined>;
  bytesOf(row: Row): Buffer;
  talksOf(row: Row): StoredTalk[];
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A real Node-RED with a portal and a SpeechSense, for the tests of one `describe`. */
export function useAudioHouse(options: { logLevel?: 'warn' | 'trace'; apiKey?: string } = {}): AudioHouse {
  const { logLevel = 'warn', ...ofService } = options;
  const scene = useScene({ logLevel });
  let service: SpeechSense | undefined;
  let portal: Portal | undefined;
  let asked = 0;
  const opened = <T>(one: T | undefined): T => one ?? assert.fail('the house is not open');

  before(async () => {
    portal = await scene.portal();
    service = await startSpeechSense(ofService);
  });
  afterEach(() => {
    opened(service).clearScripts();
    opened(portal).clearFaults();
  });
  after(() => opened(service).stop());

  async function rowOf(callId: string): Promise<Row> {
    const response = await fetch(`${opened(portal).webhookUrl}voximplant.statistic.get`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ FILTER: { CALL_ID: callId } }),
    });
    const rows = entriesAt(await response.json(), 'result');
    const row = rows.find((one) => textAt(one, 'CALL_ID') === callId) ?? assert.fail(`no row of ${callId}`);
    return Object.assign({}, row);
  }

  function messageOf(row: Row, more: object = {}): Record<string, unknown> {
    const { memberId, domain } = opened(portal);
    const call = { portal: { nodeId: 'portal', memberId, domain }, operator: { name: 'Orlova Anna' } };
    return { payload: row, call: { ...call, client: { name: 'Ivanov Ivan' } }, ...more };
  }

  async function ask(message: Record<string, unknown>): Promise<unknown> {
    asked += 1;
    const _msgid = `asked-${asked}`;
    const came = (): unknown =>
      ['done', 'caught'].flatMap((id) => scene.watch.heard(id)).find((one) => at(one, '_msgid') === _msgid);
    scene.send('upload', { ...message, _msgid });
    await until(() => came() !== undefined, 'the message');
    return came();
  }

  const bytesOf = (row: Row): Buffer => opened(portal).telephony.recordBytes(Number(row['ID']));

  return {
    get red() {
      return scene.red;
    },
    get watch() {
      return scene.watch;
    },
    get service() {
      return opened(service);
    },
    get portal() {
      return opened(portal);
    },
    deploy: scene.deploy,
    send: scene.send,
    messageOf,
    rowOf,
    newCall: (init = {}) => rowOf(opened(portal).telephony.addCall({ duration: 5, ...init }).callId),
    ask,
    upload: (row) => ask(messageOf(row)),
    uploaded(message) {
      assert.equal(at(message, 'error'), undefined, inspect(at(message, 'error')));
      return Object.assign({}, at(message, 'speechsense'));
    },
    async refused(row) {
      const message = await ask(messageOf(row));
      return textAt(message, 'error', 'code') ?? assert.fail(inspect(at(message, 'speechsense')));
    },
    bytesOf,
    talksOf: (row) => opened(service).talks.filter(({ fields }) => fields['call_id'] === row['CALL_ID']),
  };
}
