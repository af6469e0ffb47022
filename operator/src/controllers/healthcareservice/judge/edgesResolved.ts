import type { JudgedCondition } from '../../../runtime/controller.ts';
import type { Edges } from '../edges.ts';

/** `EdgesResolved`: whether everything that the service calls, stores in and is connected by exists. */
export function edgesResolved({ dangling, unpublished }: Edges): JudgedCondition {
  const note = unpublished.map((event) => `no service publishes ${event} yet`).join('; ');
  if (dangling.length === 0) {
    const message =
      note === '' ? 'every declared edge has its other end' : `every other end exists; but ${note}`;
    return { type: 'EdgesResolved', status: 'True', reason: 'AllResolved', message };
  }
  const message = `${[...dangling, ...(note === '' ? [] : [note])].join('; ')}: create what is missing, or take the edge out`;
  return { type: 'EdgesResolved', status: 'False', reason: 'DanglingEdge', message };
}
