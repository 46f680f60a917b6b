import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { at, textAt } from '../../../lib/core/fields';
import { grpcStatus } from '../../../sandbox/speechsense';
import { audioFlow, useAudioHouse, type Row } from './audio-flow';

const marker = {
  key: 'AQVN-MARKER-5ecret-key-of-speechsense',
  phone: '79061234568',
  operator: 'MARKER-name-of-the-operator',
  client: 'MARKER-name-of-the-client',
  comment: 'MARKER-comment-of-a-call',
  link: 'MARKER-token-in-an-address',
} as const;
const all = Object.values(marker).join(' and ');
/** What SpeechSense was sent, and may say again. */
const sent = Object.values({ ...marker, link: '' }).join(' and ');

describe('secrets and personal data of recordings, in a real Node-RED', function () {
  const house = useAudioHouse({ logLevel: 'trace', apiKey: marker.key });
  const codes: string[] = [];
  const errors: unknown[] = [];

  async function fail(message: Record<string, unknown>): Promise<void> {
    const caught = await house.ask(message);
    codes.push(textAt(caught, 'error', 'code') ?? assert.fail(inspect(at(caught, 'speechsense'))));
    errors.push(at(caught, 'error'));
  }

  const newRow = (): Promise<Row> =>
    house.newCall({ phone: marker.phone, comment: marker.comment, duration: 40, record: { seconds: 35 } });
  const named = (row: Row): Record<string, unknown> => {
    const message = house.messageOf(row);
    const names = { operator: { name: marker.operator }, client: { name: marker.client } };
    return { ...message, call: { ...Object.assign({}, message.call), ...names } };
  };

  before(async () => {
    await house.deploy(
      audioFlow(house.service, house.portal, { allowPrivateNetwork: true, method: 'stream' }),
    );
    house.uploaded(await house.ask(named(await newRow())));
    for (const code of [
      grpcStatus.invalidArgument,
      grpcStatus.permissionDenied,
      grpcStatus.failedPrecondition,
    ]) {
      house.service.script({ refuse: { code, message: `refused ${sent}` } });
      await fail(named(await newRow()));
    }
    await badPortals();
    await badSources();
  });

  async function badPortals(): Promise<void> {
    const said = {
      status: 403,
      error: 'ACCESS_DENIED',
      error_description: `${all} ${secretsOfPortal().join()}`,
    };
    house.portal.failNext({ method: 'disk.file.get', with: said });
    await fail(named(await newRow()));
    for (const fault of ['html', 'empty'] as const) {
      const row = await newRow();
      house.portal.telephony.breakRecord(Number(row['ID']), fault, Infinity);
      await fail(named(row));
    }
    const row = await newRow();
    house.portal.telephony.breakRecord(Number(row['ID']), 'cut', 9);
    await fail(named(row));
  }

  async function badSources(): Promise<void> {
    const metadata = { operator_id: marker.operator, date: marker.comment };
    await fail({ payload: `/nowhere/${marker.phone}.wav`, metadata: { ...metadata } });
    await fail({ payload: Buffer.from(`<html>${all}</html>`), metadata });
    const whole = { ...metadata, operator_name: marker.operator, client_id: '1', client_name: marker.client };
    const right = { ...whole, direction_outgoing: false, date: '2026-03-10T10:19:38Z' };
    await fail({ payload: Buffer.from(`<html>${all}</html>`), metadata: right });
    await fail({ payload: Readable.from([all]), metadata: right });
    const server = createServer((_request, response) => response.writeHead(404).end(all));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await fail({ payload: `${origin}/${marker.phone}.wav?token=${marker.link}`, metadata: right });
    await fail({
      payload: `http://169.254.169.254/${marker.phone}.wav?token=${marker.link}`,
      metadata: right,
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  const secretsOfPortal = (): string[] => [new URL(house.portal.webhookUrl).pathname.split('/')[3] ?? ''];

  function assertClean(shown: unknown): void {
    const limits = { depth: null, maxArrayLength: null, maxStringLength: null, breakLength: 200 };
    const text = inspect(shown, limits);
    assert.ok(secretsOfPortal().every((secret) => secret.length > 10));
    for (const secret of [...Object.values(marker), ...secretsOfPortal()]) {
      const place = text.indexOf(secret);
      assert.equal(place, -1, text.slice(Math.max(0, place - 200), place + 100));
    }
  }

  it('failed as they should have', () => {
    assert.deepEqual(codes, [
      ...['SPEECHSENSE_REFUSED', 'SPEECHSENSE_DENIED', 'SPEECHSENSE_REFUSED'],
      ...['BITRIX_RECORDING_DENIED', 'BITRIX_UNREACHABLE', 'BITRIX_RECORDING_NOT_READY'],
      'ADDRESS_UNREACHABLE',
      ...['SPEECHSENSE_RECORDING', 'SPEECHSENSE_FIELD', 'AUDIO_NOT_RECORDING', 'INPUT_INVALID'],
      ...['SPEECHSENSE_RECORDING', 'ADDRESS_REFUSED'],
    ]);
  });

  it('are in no error', () => assertClean(errors));

  it('are in no log entry', () => {
    assert.ok(house.red.log.length > 10);
    assertClean(house.red.log);
  });

  it('are in no status', () => {
    assert.ok(house.watch.statuses.length > 2);
    assertClean(house.watch.statuses);
  });

  it('are in nothing that is shown to the editors', () => assertClean(house.watch.published));

  it('are in what the flow gets of a talk only where it gave them itself', () => {
    const talks = house.watch.heard('done').map((message) => at(message, 'speechsense'));
    assert.ok(talks.length > 0);
    assertClean(talks);
  });

  it('are in no file but the rows that somebody keeps', () => {
    const { userDir } = house.red;
    const files = readdirSync(userDir, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && !file.parentPath.includes('node_modules'))
      .map(({ parentPath, name }) => join(parentPath, name));
    assert.ok(files.some((file) => file.includes('bitlane')));
    for (const file of files) assertClean([file, readFileSync(file, 'latin1')]);
  });
});
