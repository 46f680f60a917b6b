/** What an endpoint throws to answer no. */
export class DifyRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly params?: string,
  ) {
    super(message);
  }
}

export function invalidParam(message: string, params?: string): DifyRefusal {
  return new DifyRefusal(400, 'invalid_param', message, params);
}

export function badRequest(message: string): DifyRefusal {
  return new DifyRefusal(400, 'bad_request', message);
}

export function notFound(message: string): DifyRefusal {
  return new DifyRefusal(404, 'not_found', message);
}

export function forbidden(message: string, code = 'forbidden'): DifyRefusal {
  return new DifyRefusal(403, code, message);
}

/** The key belongs to an app of another kind. */
export function wrongKindOfApp(
  code: 'not_chat_app' | 'not_workflow_app' | 'not_completion_app',
): DifyRefusal {
  return new DifyRefusal(400, code, 'Please check if your app mode matches the right API route.');
}

export function conversationGone(appendix = ''): DifyRefusal {
  return notFound(`Conversation Not Exists.${appendix}`);
}

export const routingAppendix =
  ' You have requested this URI [/v1/chat-messages] but did you mean /v1/chat-messages or /v1/messages ?';

export function envelope(refusal: DifyRefusal): Record<string, unknown> {
  const { code, message, status, params } = refusal;
  return { code, message, status, ...(params === undefined ? {} : { params }) };
}
