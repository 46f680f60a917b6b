import { createServer } from 'node:http';

/** Where the flow under test says what it has come to. */
export interface CallReports {
  readonly url: string;
  /** Called at once when a call has been uploaded, before its flow ends. */
  onUploaded: (callId: string) => void;
  /** Called when that was answered, so that the flow is about to end. */
  onAnswered: (callId: string) => void;
  /** The reports of runs, the latest last. */
  readonly summaries: Readonly<Record<string, unknown>>[];
  stop(): Promise<void>;
}

export async function startCallReports(): Promise<CallReports> {
  const reports: CallReports = {
    url: '',
    onUploaded: () => undefined,
    onAnswered: () => undefined,
    summaries: [],
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
      if (typeof parsed === 'object') reports.summaries.push({ ...parsed });
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
