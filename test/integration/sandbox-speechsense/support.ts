import { createChannel, type Channel } from '../../../lib/speechsense/channel';
import { parseEndpoint } from '../../../lib/speechsense/endpoint';
import type { MethodName } from '../../../lib/speechsense/definitions';
import { startSpeechSense, type SpeechSense, type SpeechSenseOptions } from '../../../sandbox/speechsense';

export const fields = {
  operator_name: 'Anna',
  operator_id: '103',
  client_name: 'John',
  client_id: '587',
  date: '2026-03-10T10:19:38.000Z',
  direction_outgoing: 'false',
  language: 'ru-RU',
};

export const mp3 = { container_audio: { container_audio_type: 'CONTAINER_AUDIO_TYPE_MP3' } };

export interface Bench {
  service(options?: SpeechSenseOptions): Promise<SpeechSense>;
  /** Without any of the client's own checks. */
  ask(service: SpeechSense, method: MethodName, request: object, authorization?: string): Promise<object>;
  /** Each message in turn, then the end. */
  stream(service: SpeechSense, method: MethodName, messages: readonly object[]): Promise<object>;
}

export function sandboxBench(): Bench {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  function channelTo(service: SpeechSense): Channel {
    const policy = { origin: 'configured' as const };
    const endpoint = parseEndpoint(service.endpoint, false, policy);
    const channel = createChannel({ endpoint, policy, userAgent: 'test' });
    closing.push(() => channel.close());
    return channel;
  }

  return {
    async service(options = {}) {
      const service = await startSpeechSense(options);
      closing.push(() => service.stop());
      return service;
    },
    ask(service, method, request, authorization = `Api-Key ${service.apiKey}`) {
      return channelTo(service).ask(method, request, { headers: { authorization }, deadlineMs: 4000 });
    },
    async stream(service, method, messages) {
      const headers = { authorization: `Api-Key ${service.apiKey}` };
      const call = channelTo(service).open(method, { headers, deadlineMs: 4000 });
      for (const message of messages) await call.write(message);
      call.end();
      return call.answer;
    },
  };
}
