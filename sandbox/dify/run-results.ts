import { hasWorkflow } from './app';
import { ok, readLimit, type ApiCall, type Endpoint, type Reply } from './endpoint';
import { shownForm, type Forms } from './forms';
import type { Plan } from './plans';
import { notFound, wrongKindOfApp } from './refusal';
import type { Run } from './run';
import type { Runs } from './runs';
import type { StreamEvent } from './scenario';
import { seconds } from './state';
import type { StreamHub } from './stream-hub';

export interface ResultParts {
  runs: Runs;
  forms: Forms;
  streams: StreamHub;
  take: (call: ApiCall) => { plan: Plan };
}

/** What can be had of a run after it was started. */
export function resultEndpoints({ runs, forms, streams, take }: ResultParts): Endpoint[] {
  function result({ app, path }: ApiCall): Reply {
    if (app.mode !== 'workflow') throw wrongKindOfApp('not_workflow_app');
    const run = runs.all.find(({ id, turn }) => id === path[0] && turn.app === app);
    if (!run) throw notFound('Workflow run not found');
    return ok(shownRun(run));
  }

  function logs({ app, query }: ApiCall): Reply {
    if (app.mode !== 'workflow') throw wrongKindOfApp('not_workflow_app');
    const [page, limit] = [Number(query.get('page') ?? 1), readLimit(query)];
    const status = query.get('status');
    const own = runs.all.filter(
      ({ turn, status: is }) => turn.app === app && (status === null || is === status),
    );
    const rows = own.reverse().slice((page - 1) * limit, page * limit);
    const listed = rows.map((run) => ({
      id: run.id,
      workflow_run: shownRun(run),
      created_from: 'service-api',
    }));
    return ok({ page, limit, total: own.length, has_more: own.length > page * limit, data: listed });
  }

  function comeBack(call: ApiCall): Reply | undefined {
    const { app, user, path, query, response } = call;
    if (!app.eventsEndpoint) throw notFound('The requested URL was not found on the server.');
    if (!hasWorkflow(app.mode)) throw wrongKindOfApp('not_workflow_app');
    const run = runs.all.find(({ id, turn }) => id === path[0] && turn.app === app && turn.user === user);
    if (!run) throw notFound('Workflow run not found');
    const listener = streams.open(response, take(call).plan.wire ?? {});
    if (run.finishedAt !== undefined) {
      run.events.filter(isFinish).forEach(listener.event);
      listener.end();
      return undefined;
    }
    earlier(run, query).forEach(listener.event);
    run.attach(listener, {
      event: 'workflow_finished',
      pause: query.get('continue_on_pause') !== 'true',
    });
    return undefined;
  }

  function earlier(run: Run, query: URLSearchParams): readonly StreamEvent[] {
    if (query.get('include_state_snapshot') === 'true') return run.events.filter(isSnapshot);
    return run.turn.app.eventsReplay === 'from-start' ? run.events : [];
  }

  const form = '/v1/form/human_input/([^/]+)';
  return [
    { name: 'run-result', method: 'GET', path: /^\/v1\/workflows\/run\/([^/]+)$/, run: result },
    { name: 'run-logs', method: 'GET', path: /^\/v1\/workflows\/logs$/, run: logs },
    {
      name: 'events',
      method: 'GET',
      path: /^\/v1\/workflow\/([^/]+)\/events$/,
      user: 'query',
      run: comeBack,
    },
    {
      name: 'form',
      method: 'GET',
      path: new RegExp(`^${form}$`),
      run: ({ app, path }) => ok(shownForm(forms.find(app, path[0] ?? ''))),
    },
    {
      name: 'form-submit',
      method: 'POST',
      path: new RegExp(`^${form}$`),
      user: 'json',
      run: ({ app, path, body }) => {
        forms.submit(forms.find(app, path[0] ?? ''), body);
        return ok({});
      },
    },
  ];
}

const isFinish = ({ event }: StreamEvent): boolean => event === 'workflow_finished';
const isSnapshot = ({ event }: StreamEvent): boolean =>
  event === 'workflow_started' || event.startsWith('node_');

function shownRun(run: Run): Record<string, unknown> {
  const { id, turn, status, outputs, error, startedAt, finishedAt } = run;
  return {
    id,
    workflow_id: turn.app.workflowId,
    status,
    // A text, while `outputs` is an object.
    inputs: JSON.stringify(turn.inputs),
    outputs: outputs ?? null,
    error: error ?? null,
    total_steps: 3,
    total_tokens: 12,
    elapsed_time: ((finishedAt ?? startedAt) - startedAt) / 1000,
    created_at: seconds(startedAt),
    finished_at: finishedAt === undefined ? null : seconds(finishedAt),
  };
}
