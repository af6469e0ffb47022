import type { JudgedCondition } from '../../../runtime/controller.ts';
import type { Edges } from '../network/edges.ts';

/** Findings that a message names. */
const NAMED = 12;

/**
 * `EdgesUsed`: whether every event of the service has somebody at its other end, and every port a caller. It informs:
 * the first of two services to come is in order.
 */
export function edgesUsed({ oneSided, unused }: Pick<Edges, 'oneSided' | 'unused'>): JudgedCondition {
  const condition = { type: 'EdgesUsed', informs: true } as const;
  const findings = [...oneSided, ...unused];
  const rest = findings.length - NAMED;
  const more = rest > 0 ? [`and ${String(rest)} more: see \`careplane graph\``] : [];
  const message = [...findings.slice(0, NAMED), ...more].join('; ');
  if (oneSided.length > 0) return { ...condition, status: 'False', reason: 'OneSidedEdge', message };
  if (unused.length > 0) return { ...condition, status: 'False', reason: 'UnusedEdge', message };
  return {
    ...condition,
    status: 'True',
    reason: 'AllUsed',
    message: 'every event has both its ends, and every port is called',
  };
}
