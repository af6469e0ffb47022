import type { JudgedCondition } from '../../../runtime/controller.ts';
import type { Edges } from '../network/edges.ts';

/** `EdgesResolved`: whether everything that the service calls, stores in and is connected by exists. */
export function edgesResolved({ dangling }: Pick<Edges, 'dangling'>): JudgedCondition {
  const type = 'EdgesResolved';
  if (dangling.length === 0)
    return { type, status: 'True', reason: 'AllResolved', message: 'every declared edge has its other end' };
  const message = `${dangling.join('; ')}: create what is missing, or take the edge out`;
  return { type, status: 'False', reason: 'DanglingEdge', message };
}
