import { pageOf, table } from './markdown.mjs';
import { packMetricTable } from './sources.mjs';

export function metricsPage() {
  const rows = Object.entries(packMetricTable).map(([name, { kind, help, labels = [], buckets = [] }]) => [
    `\`${name}\``,
    kind,
    labels.map((label) => `\`${label}\``).join(', '),
    buckets.length === 0 ? help : `${help} Buckets: ${buckets.join(', ')}.`,
  ]);
  return pageOf([
    '# Metrics',
    'What `GET /bitlane/metrics` tells Prometheus. Made by `npm run docs` from `lib/core/metric-table.ts`; do not edit.',
    'Labels hold ids of nodes and words of the pack, never a portal, a person or a text. Several Node-RED on one Redis add the label `instance`.',
    table(['Name', 'Kind', 'Labels', 'Meaning'], rows),
  ]);
}
