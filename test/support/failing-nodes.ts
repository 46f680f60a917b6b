import { overview } from '../../nodes/runtime/overview';
import { healthOf } from '../../nodes/runtime/overview/health';

/** What the health of this process says of nodes that fail until a person acts: `id code`. */
export async function failingNodes(): Promise<string[]> {
  return healthOf(await overview.read()).problems.flatMap(({ code, id, trouble }) =>
    code === 'NODE_FAILING' ? [`${id} ${trouble?.code ?? ''}`] : [],
  );
}
