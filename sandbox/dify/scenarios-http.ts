import { flood, gzipBomb, noAnswer, reset } from './raw-answers';
import { routingAppendix } from './refusal';
import type { NamedPlan } from './scenario';

function page(status: number, title: string, withRun = false): NamedPlan {
  const html = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  return { reply: { status, html, withRun } };
}

function refused(status: number, code: string, message: string, headers = {}): NamedPlan {
  return { reply: { status, code, message, headers } };
}

/** Answers in place of a run. */
export const httpScenarios = {
  'bad-request': refused(400, 'invalid_param', 'CITY is required in input form'),
  'input-too-long': refused(400, 'invalid_param', 'CITY in input form must be less than 48 characters'),
  'model-missing': refused(400, 'provider_not_initialize', 'No valid model provider credentials found.'),
  'model-quota': refused(400, 'provider_quota_exceeded', 'Your model provider quota is used up.'),
  'model-failed': refused(400, 'completion_request_error', 'Completion request failed.'),
  unauthorized: refused(401, 'unauthorized', 'Access token is invalid'),
  forbidden: refused(403, 'forbidden', "The app's API service has been disabled."),
  'conversation-lost': refused(404, 'not_found', 'Conversation Not Exists.'),
  'conversation-lost-with-appendix': refused(404, 'not_found', `Conversation Not Exists.${routingAppendix}`),
  'conversation-completed': refused(
    400,
    'conversation_completed',
    'The conversation has ended. Please start a new conversation.',
  ),
  'too-large': refused(413, 'file_too_large', ''),
  busy: refused(429, 'too_many_requests', 'Too many requests. Please try again later.'),
  'busy-with-retry-after': refused(429, 'too_many_requests', 'Too many requests. Please try again later.', {
    'Retry-After': '2',
  }),
  'quota-used-up': refused(429, 'rate_limit_error', 'Rate limit exceeded.'),
  'server-error': refused(500, 'internal_server_error', 'The server encountered an internal error.'),
  'bad-gateway': page(502, 'Bad Gateway'),
  unavailable: page(503, 'Service Temporarily Unavailable'),
  /** Only the proxy has given up: the run goes on. */
  'gateway-timeout': page(504, 'Gateway Time-out', true),
  'edge-timeout': page(524, 'A timeout occurred', true),
  'html-page': { reply: { status: 200, html: '<!DOCTYPE html><html><body>Please log in</body></html>' } },
  redirect: { reply: { status: 301, body: '', headers: { Location: '/v1/redirected' } } },
  'redirect-keeping-method': { reply: { status: 308, body: '', headers: { Location: '/v1/redirected' } } },
  'broken-json': { reply: { status: 200, body: '{"event":"message","answer":"Hel' } },
  'empty-body': { reply: { status: 200, body: '' } },
  reset: { raw: reset({ withRun: false }) },
  /** The run has begun; its answer is lost. */
  'answer-lost': { raw: reset({ withRun: true }) },
  'no-answer': { raw: noAnswer },
  'huge-body': { raw: flood('json') },
  'gzip-bomb': { raw: gzipBomb('json') },
} satisfies Record<string, NamedPlan>;
