import type { JudgedCondition } from '../../../runtime/controller.ts';
import type { Edges } from '../network/edges.ts';

/**
 * `PathsFree`: shown only while an older service has one of the paths behind the same gateway. The webhook refuses that,
 * but two services that are made in the same moment do not see each other.
 */
export function pathsFree({ takenPaths }: Pick<Edges, 'takenPaths'>): JudgedCondition[] {
  if (takenPaths.length === 0) return [];
  const what = takenPaths.map(
    ({ path, owner, gateway }) =>
      `HealthcareService ${owner}, which is older, has ${path} behind the gateway ${gateway}`,
  );
  const message = `${what.join('; ')}: requests go there; take the path from one of the two, or one of the two from the gateway's calls`;
  return [{ type: 'PathsFree', status: 'False', reason: 'PathTaken', message }];
}
