import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { callFields, chat, chatFields, rules, sourceOf, speechSenseBench, wavOf } from './support';

const marker = {
  key: 'AQVN-MARKER-secret-of-the-key',
  value: 'MARKER value of the metadata',
  phone: '+79991234567',
  text: 'MARKER what the person wrote',
};

describe('errors of speechsense', () => {
  const bench = speechSenseBench();

  function assertClean(error: unknown): void {
    assert.ok(error instanceof Error);
    const seen = inspect(error, { depth: 9 }) + JSON.stringify(error);
    for (const secret of Object.values(marker)) assert.ok(!seen.includes(secret), `${secret} in ${seen}`);
    assert.ok(!seen.includes('PRIVATE KEY'));
  }

  it('repeat neither the key nor what was sent, whatever the service says', async () => {
    const service = await bench.service({ apiKey: marker.key });
    const fields = { ...callFields, comment: marker.value, phone_number: marker.phone };
    const upload = { key: 'k', fields, rules };
    const client = bench.client(service);
    for (const code of [2, 3, 4, 5, 7, 8, 9, 13, 14, 16]) {
      const message = `no ${marker.value} of ${marker.phone} with Api-Key ${marker.key}`;
      service.script(...Array.from({ length: 4 }, () => ({ refuse: { code, message } })));
      assertClean(await client.uploadAudio(sourceOf(wavOf(100)), upload).catch((error: unknown) => error));
      service.clearScripts();
    }
  });

  it('repeat no words of a chat', async () => {
    const service = await bench.service({ apiKey: marker.key });
    const client = bench.client(service, { connectionId: service.chatConnectionId });
    const [first] = chat.messages;
    const spoken = { messages: [{ ...first, text: marker.text }] };
    service.script({ refuse: { code: 3, message: `bad message: ${marker.text}` } });
    assertClean(await client.uploadText(spoken, chatFields, { key: 'k' }).catch((error: unknown) => error));
    const stranger = { messages: [{ ...first, user_id: marker.phone, text: marker.text }] };
    assertClean(await client.uploadText(stranger, chatFields, { key: 'k' }).catch((error: unknown) => error));
  });

  it('repeat no wrong key, no key that cannot be a header, and no key file', async () => {
    const service = await bench.service();
    const wrong = { authType: 'api-key' as const, secret: marker.key };
    assertClean(
      await bench
        .client(service, { credential: wrong })
        .search()
        .catch((error: unknown) => error),
    );
    const check = await bench.client(service, { credential: wrong }).check();
    assert.ok(!JSON.stringify(check).includes(marker.key));
    for (const credential of [
      { authType: 'api-key' as const, secret: `${marker.key}\nmore ы` },
      { authType: 'authorized-key' as const, secret: `{"id":"a","private_key":"${marker.key}"}` },
    ]) {
      let thrown: unknown;
      try {
        bench.client(service, { credential });
      } catch (error) {
        thrown = error;
      }
      assertClean(thrown);
    }
  });

  it('tell the ids by which support finds the call', async () => {
    const service = await bench.service();
    service.script({ refuse: { code: 3, message: 'no' } });
    const upload = { key: 'k', fields: callFields, rules };
    await assert.rejects(bench.client(service).uploadAudio(sourceOf(wavOf(100)), upload), {
      message: /\(request [\w-]{36}, trace [\w-]{36}\)/,
    });
  });
});
