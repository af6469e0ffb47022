import type { JudgedCondition } from '../../../runtime/controller.ts';
import type { Edges } from '../edges.ts';

/**
 * `EdgesUsed`: whether every event of the service has somebody at its other end, and every port a caller. It informs:
 * the first of two services to come is in order.
 */
export function edgesUsed({ oneSided, unused }: Pick<Edges, 'oneSided' | 'unused'>): JudgedCondition {
  const condition = { type: 'EdgesUsed', informs: true } as const;
  const message = [...oneSided, ...unused].join('; ');
  if (oneSided.length > 0) return { ...condition, status: 'False', reason: 'OneSidedEdge', message };
  if (unused.length > 0) return { ...condition, status: 'False', reason: 'UnusedEdge', message };
  return {
    ...condition,
    status: 'True',
    reason: 'AllUsed',
    message: 'every event has both its ends, and every port is called',
  };
}
