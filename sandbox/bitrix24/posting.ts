import http from 'node:http';
import https from 'node:https';

export interface PostAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

export const postTimeLimitMs = 5000;

/** One POST, no redirects, no retries, no connection left open. */
export function post(
  url: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>>,
  { timeLimitMs = postTimeLimitMs, stopped }: { timeLimitMs?: number; stopped?: AbortSignal } = {},
): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    const timeUp = AbortSignal.timeout(timeLimitMs);
    const client = target.protocol === 'https:' ? https : http;
    const request = client.request(target, {
      method: 'POST',
      agent: false,
      headers: { 'Content-Length': String(Buffer.byteLength(body)), ...headers },
      signal: stopped ? AbortSignal.any([timeUp, stopped]) : timeUp,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    request.end(body);
  });
}
