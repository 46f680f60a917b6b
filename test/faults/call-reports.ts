import { createServer } from 'node:http';

export type Report = Readonly<Record<string, unknown>>;

/** Where the flow under test says what it has come to. */
export interface CallReports {
  readonly url: string;
  /** Called at once when a call has been uploaded, before its flow ends. */
  onUploaded: (callId: string) => void;
  /** Called when that was answered, so that the flow is about to end. */
  onAnswered: (callId: string) => void;
  /** What came out of the second output, the latest last. */
  readonly all: Report[];
  stop(): Promise<void>;
}

export async function startCallReports(): Promise<CallReports> {
  const reports: CallReports = {
    url: '',
    onUploaded: () => undefined,
    onAnswered: () => undefined,
    all: [],
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const parsed: unknown = request.url === '/summary' ? JSON.parse(text) : undefined;
      if (typeof parsed === 'object') reports.all.push({ ...parsed });
      else reports.onUploaded(text);
      response.end(() => {
        if (request.url !== '/summary') reports.onAnswered(text);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return Object.assign(reports, { url: `http://127.0.0.1:${port}` });
}
