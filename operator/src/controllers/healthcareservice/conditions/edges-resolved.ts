import type { JudgedCondition } from '../../../runtime/controller.ts';
import { conditionType, WHEN_SETTLED } from '../../../runtime/status/reasons.ts';
import type { Edges } from '../network/edges.ts';

export const EdgesResolved = conditionType({
  type: 'EdgesResolved',
  kinds: ['HealthcareService'],
  meaning: 'Whether everything exists that the service calls, stores in and is connected by.',
  reasons: {
    AllResolved: { status: 'True', meaning: 'Every declared edge has its other end.' },
    DanglingEdge: {
      needsPerson: WHEN_SETTLED,
      alarming: true,
      meaning:
        'A service, port, store or broker that is declared does not exist; the message names each. What runs goes on running.',
      remedy:
        'Create what is missing, or take the edge out of the spec. `careplane graph` shows all edges. It heals by itself when the other end appears.',
      page: 'docs/concepts/edges.md',
    },
  },
});

export function edgesResolved({ dangling }: Pick<Edges, 'dangling'>): JudgedCondition {
  if (dangling.length === 0)
    return EdgesResolved.because('AllResolved', 'every declared edge has its other end');
  return EdgesResolved.because(
    'DanglingEdge',
    `${dangling.join('; ')}: create what is missing, or take the edge out`,
  );
}
