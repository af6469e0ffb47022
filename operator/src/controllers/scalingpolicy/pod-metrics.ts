import * as z from 'zod';
import { LABEL } from '../../api/group.ts';
import { quantityValue } from '../../api/quantity.ts';
import type { Context } from '../../runtime/controller.ts';
import { MetricUnavailable, type Target } from './metric-source.ts';

/** PodMetricsList of metrics.k8s.io/v1beta1, as metrics-server serves it. */
const podMetricsList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      containers: z.array(z.object({ usage: z.object({ cpu: z.string() }) })),
    }),
  ),
});

/** CPU use of a service's pods in cores. @throws MetricUnavailable when the metrics API does not answer. */
export async function podCpu(
  { namespace, service }: Target,
  context: Pick<Context, 'raw'>,
): Promise<Map<string, number>> {
  const selector = encodeURIComponent(`${LABEL.service}=${service}`);
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods?labelSelector=${selector}`;
  try {
    const { items } = podMetricsList.parse(JSON.parse(await context.raw(path)));
    return new Map(items.map(({ metadata, containers }) => [metadata.name, total(containers)]));
  } catch (error) {
    throw new MetricUnavailable(
      'the metrics API (metrics.k8s.io) does not answer: is metrics-server installed and running?',
      { cause: error },
    );
  }
}

function total(containers: readonly { usage: { cpu: string } }[]): number {
  return containers.reduce((cores, { usage }) => cores + quantityValue(usage.cpu), 0);
}
