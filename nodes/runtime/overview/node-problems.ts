import type { Problem } from './health';
import { standsStill } from './needs-person';
import type { NotedError, Snapshot } from './shapes';

/** Nodes that do nothing, or whose every message ends alike, until a person acts: each once, with its latest reason. */
export function nodeProblems(snapshot: Snapshot): Problem[] {
  const spoken = speakingForThemselves(snapshot);
  const found = new Map<string, Problem>();
  for (const error of snapshot.errors) {
    const code = problemCode(error);
    if (code === undefined || found.has(error.nodeId)) continue;
    if (code === 'NODE_FAILING' && spoken.has(error.nodeId)) continue;
    found.set(error.nodeId, problemOf(error, code));
  }
  return [...found.values()];
}

function problemCode(error: NotedError): 'NODE_UNUSABLE' | 'NODE_FAILING' | undefined {
  if (error.mendedAt !== undefined) return undefined;
  // One that only waits for another node to be mended is none of its own.
  if (error.isAtStart === true) return error.code === 'CONFIG_UNUSABLE' ? undefined : 'NODE_UNUSABLE';
  return error.isBeforeDeploy === true || !standsStill(error) ? undefined : 'NODE_FAILING';
}

function problemOf(error: NotedError, problem: Problem['code']): Problem {
  const { nodeId, nodeType, nodeName, code, message, params } = error;
  const trouble = { code, message, params };
  return { code: problem, kind: 'node', id: nodeId, name: nodeName ?? nodeType, nodeType, trouble };
}

/** How these are is told by their own entries, which also know when it is over. */
function speakingForThemselves(snapshot: Snapshot): ReadonlySet<string> {
  const { portals, bots, readers, pollers, stores, cursors } = snapshot;
  return new Set([portals, bots, readers, pollers, stores, cursors].flatMap((parts) => parts.map(idOf)));
}

const idOf = ({ id }: { id: string }): string => id;
