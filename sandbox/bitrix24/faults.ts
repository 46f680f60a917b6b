/** Failures to order in advance, for one method or for whatever comes next. */
export interface ErrorFault {
  status: number;
  error: string;
  error_description?: string;
  headers?: Readonly<Record<string, string>>;
}

export type FaultKind =
  | ErrorFault
  | { redirectTo: string }
  /** The socket is destroyed before anything is done. */
  | 'reset'
  /** 200 with a page instead of JSON. */
  | 'html'
  /** 200 without a body. */
  | 'empty'
  /** The call is done, half of its answer arrives, then the socket is destroyed. */
  | 'cut'
  /** The call is done, half of its answer arrives as if that were all. */
  | 'short'
  /** The call is done, half of its answer arrives, then nothing more does. */
  | 'stall'
  /** No answer, ever. Nothing is done. */
  | 'hang'
  /** The call is done, then the socket is destroyed. */
  | 'answer-lost';

export interface Fault {
  /** Without it: the next request of any kind. `download` stands for the download links. */
  method?: string;
  /** How many requests fail; default 1, Infinity for "until cleared". */
  times?: number;
  with: FaultKind;
}

export interface Faults {
  add: (fault: Fault) => void;
  take: (method: string) => FaultKind | undefined;
  /** For a command inside a batch only an error answer makes sense. */
  takeError: (method: string) => ErrorFault | undefined;
  clear: () => void;
}

export function isErrorFault(kind: FaultKind): kind is ErrorFault {
  return typeof kind === 'object' && 'status' in kind;
}

export function createFaults(): Faults {
  let pending: { method: string | undefined; left: number; kind: FaultKind }[] = [];

  function takeWhere(
    fits: (fault: { method: string | undefined; kind: FaultKind }) => boolean,
  ): FaultKind | undefined {
    const found = pending.find(fits);
    if (!found) return undefined;
    found.left -= 1;
    pending = pending.filter((fault) => fault.left > 0);
    return found.kind;
  }

  return {
    add: (fault) => {
      pending.push({ method: fault.method?.toLowerCase(), left: fault.times ?? 1, kind: fault.with });
    },
    take: (method) =>
      takeWhere((fault) => fault.method === undefined || fault.method === method.toLowerCase()),
    takeError(method) {
      const kind = takeWhere((fault) => fault.method === method.toLowerCase() && isErrorFault(fault.kind));
      return kind !== undefined && isErrorFault(kind) ? kind : undefined;
    },
    clear: () => {
      pending = [];
    },
  };
}
