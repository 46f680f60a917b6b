/** What a method throws to answer no. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    description: string,
  ) {
    super(description);
  }
}

export function refusal(code: string, description = code, status = 400): Refusal {
  return new Refusal(status, code, description);
}

export function denied(code: string, description = code): Refusal {
  return new Refusal(403, code, description);
}
