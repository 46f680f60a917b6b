export type CallParams = Readonly<Record<string, unknown>>;

export interface CallOptions {
  /** The call changes nothing, or changes the same thing again: it may be repeated after an unclear outcome. */
  idempotent: boolean;
  signal?: AbortSignal | undefined;
  /** A person is waiting: goes before what is not urgent when requests must queue. */
  urgent?: boolean | undefined;
  /** For one request, in place of the connection's own limit. */
  timeoutMs?: number | undefined;
}

export interface SendOptions {
  signal?: AbortSignal | undefined;
  /** Told when the send leaves for the portal, and when it has certainly come back undelivered and waits again. */
  onDeparture?: ((hasLeft: boolean) => void) | undefined;
}

export interface RestAnswer {
  readonly result: unknown;
  /** Lists only. */
  readonly total: number | undefined;
  /** Lists only: where the next page starts. */
  readonly next: number | undefined;
  /** The portal's measurements; empty when it sent none. */
  readonly time: Readonly<Record<string, unknown>>;
}

export interface BatchCommand {
  /** By this the outcome is found, and later commands refer to the result: `$result[key][ID]`. */
  readonly key: string;
  readonly method: string;
  readonly params: CallParams;
}

export type BatchOutcome = { readonly answer: RestAnswer } | { readonly error: Error };

export interface ListOptions {
  /** The id by which the pages are told apart, in the method's own spelling: `ID` (default), or `id` for crm.item. */
  idField?: string | undefined;
  /** By `>ID` and without counting (default). Only for methods that sort and filter by the id. */
  fast?: boolean | undefined;
  /** Whether the method wants `FILTER`, `SORT`, `ORDER`; told by the method and its parameters when left out. */
  keys?: 'upper' | 'lower' | undefined;
  signal?: AbortSignal | undefined;
}

export interface ListPage {
  readonly rows: readonly unknown[];
  /** Only classic paging counts. */
  readonly total: number | undefined;
  readonly time: RestAnswer['time'];
}

/** Calls to one portal with one credential. */
export interface PortalRest {
  call(method: string, params: CallParams, options: CallOptions): Promise<unknown>;
  /** As `call`, with what stands beside the result. */
  ask(method: string, params: CallParams, options: CallOptions): Promise<RestAnswer>;
  /**
   * For replies: what is sent in one lane (a dialog) arrives in the order of these calls. Never repeated after an
   * unclear outcome. Sends that have to wait for the portal's limit travel together.
   */
  send(lane: string, method: string, params: CallParams, options?: SendOptions): Promise<unknown>;
  /**
   * Any number of commands, in order, 50 to a request. Each key has its outcome, also when a whole request failed;
   * rejects only for commands that cannot be sent.
   */
  batch(commands: readonly BatchCommand[], options: CallOptions): Promise<ReadonlyMap<string, BatchOutcome>>;
  list(method: string, params: CallParams, options?: ListOptions): AsyncIterable<ListPage>;
  /** Ends at once what waits and what is under way, of this client only. */
  close(): void;
  /** The same, but sends that have left for the portal may still hear its answer for this long. */
  finish(limitMs: number): Promise<void>;
}
