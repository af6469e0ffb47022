import type { JudgedCondition } from '../../../runtime/controller.ts';
import { conditionType } from '../../../runtime/status/reasons.ts';
import type { Edges } from '../network/edges.ts';

/** It informs: the first of two services to come is in order. */
export const EdgesUsed = conditionType({
  type: 'EdgesUsed',
  kinds: ['HealthcareService'],
  informs: true,
  meaning: 'Whether every event of the service has somebody at its other end, and every port a caller.',
  reasons: {
    AllUsed: { status: 'True', meaning: 'Every event is published and consumed, and every port is called.' },
    OneSidedEdge: {
      needsPerson: false,
      meaning:
        'An event that the service consumes is published by nobody, or one that it publishes is consumed by nobody (through the same broker).',
      remedy:
        'Nothing, when the other service is still to come. Otherwise look for a misspelt event, or take the edge out.',
      page: 'docs/concepts/edges.md',
    },
    UnusedEdge: {
      needsPerson: false,
      meaning: 'Nobody calls the service over http, or one of its named ports.',
      remedy:
        'Nothing, when it is meant for people (as with `kubectl port-forward`). Otherwise declare `calls` where it is called, or take the port out.',
      page: 'docs/concepts/edges.md',
    },
  },
});

/** Findings that a message names. */
const NAMED = 12;

export function edgesUsed({ oneSided, unused }: Pick<Edges, 'oneSided' | 'unused'>): JudgedCondition {
  const findings = [...oneSided, ...unused];
  if (findings.length === 0)
    return EdgesUsed.because('AllUsed', 'every event has both its ends, and every port is called');
  const rest = findings.length - NAMED;
  const more = rest > 0 ? [`and ${rest} more: see \`careplane graph\``] : [];
  const message = [...findings.slice(0, NAMED), ...more].join('; ');
  return EdgesUsed.because(oneSided.length > 0 ? 'OneSidedEdge' : 'UnusedEdge', message);
}
