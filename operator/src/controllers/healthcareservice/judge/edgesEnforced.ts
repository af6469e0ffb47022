import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';

/** Lines that a message names; all of them are in `status.wouldBlock`. */
const NAMED = 3;

/** `EdgesEnforced`: whether the network lets only the declared edges through. It informs: Shadow is a choice. */
export function edgesEnforced({ spec }: HealthcareService, blocked: readonly string[]): JudgedCondition {
  const condition = { type: 'EdgesEnforced', informs: true } as const;
  if (spec.enforcement === 'Enforce') {
    const message = 'the network lets the declared edges through and nothing else';
    return { ...condition, status: 'True', reason: 'Enforced', message };
  }
  if (blocked.length === 0) {
    const message =
      'nothing was seen that would be blocked: set spec.enforcement to Enforce once the service has done all its kinds of work';
    return { ...condition, status: 'False', reason: 'ShadowClean', message };
  }
  const rest =
    blocked.length > NAMED ? ` and ${String(blocked.length - NAMED)} more in status.wouldBlock` : '';
  const message = `would be blocked: ${blocked.slice(0, NAMED).join(', ')}${rest}. Declare what is meant (egress as calls, stores or events of this service, ingress as calls of the other one) before spec.enforcement becomes Enforce`;
  return { ...condition, status: 'False', reason: 'WouldBlock', message };
}
