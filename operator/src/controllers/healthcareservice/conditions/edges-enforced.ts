import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';
import type { BlockedFlows } from '../network/blocked-flows.ts';

/** Lines that a message names; the others are in `status.wouldBlock`. */
const NAMED = 3;

/** `EdgesEnforced`: whether the network lets only the declared edges through. It informs: Shadow is a choice. */
export function edgesEnforced(
  { spec }: HealthcareService,
  { list, more }: Pick<BlockedFlows, 'list' | 'more'>,
  isObserved: boolean,
): JudgedCondition {
  const condition = { type: 'EdgesEnforced', informs: true } as const;
  if (spec.enforcement === 'Enforce') {
    const message =
      'the NetworkPolicy lets the declared edges through and nothing else, wherever the network plugin enforces policies';
    return { ...condition, status: 'True', reason: 'Enforced', message };
  }
  if (list.length > 0)
    return { ...condition, status: 'False', reason: 'WouldBlock', message: blockedText(list, more) };
  if (!isObserved) {
    const message =
      'no policy agent has reported on a pod of this service within the last hour: nobody knows what spec.enforcement Enforce would block';
    return { ...condition, status: 'Unknown', reason: 'NotObserved', message };
  }
  const message =
    'nothing was seen that would be blocked: set spec.enforcement to Enforce once the service has done all its kinds of work';
  return { ...condition, status: 'False', reason: 'ShadowClean', message };
}

function blockedText(list: BlockedFlows['list'], more: number): string {
  const rest = list.length - NAMED + more;
  const named = list.slice(0, NAMED).map(({ flow }) => flow);
  const others = rest > 0 ? ` and ${String(rest)} more in status.wouldBlock` : '';
  return `would be blocked: ${named.join(', ')}${others}. Declare what is meant (egress as calls, stores or events of this service, ingress as calls of the other one) before spec.enforcement becomes Enforce`;
}
