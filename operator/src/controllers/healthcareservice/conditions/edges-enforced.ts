import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';
import { conditionType } from '../../../runtime/status/reasons.ts';
import type { BlockedFlows } from '../network/blocked-flows.ts';

/** It informs: Shadow is a choice. */
export const EdgesEnforced = conditionType({
  type: 'EdgesEnforced',
  kinds: ['HealthcareService'],
  informs: true,
  meaning: 'Whether the network lets only the declared edges through.',
  reasons: {
    Enforced: {
      status: 'True',
      meaning:
        '`spec.enforcement` is Enforce: the NetworkPolicy lets nothing else through, wherever the network plugin enforces policies.',
    },
    NotObserved: {
      needsPerson: false,
      status: 'Unknown',
      meaning:
        '`spec.enforcement` is Shadow, and no policy agent has reported on a pod of the service within the last hour.',
      remedy:
        'Where the policy agent runs (the embedded cluster): see that a pod runs, and `cluster/embedded/logs.sh policy-agent`. Elsewhere nobody reports; find out otherwise what the service talks to before it becomes Enforce.',
      page: 'docs/concepts/edges.md',
    },
    ShadowClean: {
      needsPerson: false,
      meaning:
        '`spec.enforcement` is Shadow, the policy agent is there, and what it saw in the last 7 days is all declared.',
      remedy:
        'Set `spec.enforcement: Enforce` when the service has done every kind of its work meanwhile (also what it does once a night).',
      page: 'docs/concepts/edges.md',
    },
    WouldBlock: {
      needsPerson: false,
      meaning:
        '`spec.enforcement` is Shadow, and connections were seen that Enforce would block: they are in `status.wouldBlock` for 7 days after they were last seen.',
      remedy:
        'Declare those that are meant: `egress to` as calls, stores or events of this service, `ingress from` as calls of the other one. Find out where the others come from.',
      page: 'docs/concepts/edges.md',
    },
  },
});

/** Lines that a message names; the others are in `status.wouldBlock`. */
const NAMED = 3;

export function edgesEnforced(
  { spec }: HealthcareService,
  { list, more }: Pick<BlockedFlows, 'list' | 'more'>,
  isObserved: boolean,
): JudgedCondition {
  if (spec.enforcement === 'Enforce')
    return EdgesEnforced.because(
      'Enforced',
      'the NetworkPolicy lets the declared edges through and nothing else, wherever the network plugin enforces policies',
    );
  if (list.length > 0) return EdgesEnforced.because('WouldBlock', blockedText(list, more));
  if (!isObserved)
    return EdgesEnforced.because(
      'NotObserved',
      'no policy agent has reported on a pod of this service within the last hour: nobody knows what spec.enforcement Enforce would block',
    );
  return EdgesEnforced.because(
    'ShadowClean',
    'nothing was seen that would be blocked: set spec.enforcement to Enforce once the service has done all its kinds of work',
  );
}

function blockedText(list: BlockedFlows['list'], more: number): string {
  const rest = list.length - NAMED + more;
  const named = list.slice(0, NAMED).map(({ flow }) => flow);
  const others = rest > 0 ? ` and ${rest} more in status.wouldBlock` : '';
  return `would be blocked: ${named.join(', ')}${others}. Declare what is meant (egress as calls, stores or events of this service, ingress as calls of the other one) before spec.enforcement becomes Enforce`;
}
