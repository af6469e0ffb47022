import type { JudgedCondition } from '../../../runtime/controller.ts';
import { conditionType, WHEN_SETTLED } from '../../../runtime/status/reasons.ts';
import type { Edges } from '../network/edges.ts';

/** The webhook refuses a taken path, but two services that are made in the same moment do not see each other. */
export const PathsFree = conditionType({
  type: 'PathsFree',
  kinds: ['HealthcareService'],
  meaning: 'Shown only while it is False: no older service has one of the paths behind the same gateway.',
  reasons: {
    PathTaken: {
      needsPerson: WHEN_SETTLED,
      alarming: true,
      meaning:
        'Two services that one gateway calls expose the same path, mostly since both were made in the same moment: the webhook refuses the second one otherwise. Requests for the path go to the older one.',
      remedy:
        "The message names the service, the path and the gateway. Take the path from one of the two, or one of the two from the gateway's `calls`.",
      page: 'docs/concepts/admission.md',
    },
  },
});

export function pathsFree({ takenPaths }: Pick<Edges, 'takenPaths'>): JudgedCondition[] {
  if (takenPaths.length === 0) return [];
  const what = takenPaths.map(
    ({ path, owner, gateway }) =>
      `HealthcareService ${owner}, which is older, has ${path} behind the gateway ${gateway}`,
  );
  const message = `${what.join('; ')}: requests go there; take the path from one of the two, or one of the two from the gateway's calls`;
  return [PathsFree.because('PathTaken', message)];
}
