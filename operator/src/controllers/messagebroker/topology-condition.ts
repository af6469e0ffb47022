import type { TopologyReport } from '../../engines/rabbitmq/converge.ts';
import { sentenceOf } from '../../engines/rabbitmq/refusals.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import { TopologySynced } from './conditions.ts';

/** The condition `TopologySynced`. Numbers of messages are left out: each change of one would be a write of the status. */
export function topologyCondition({ conflicting, refused, retained }: TopologyReport): JudgedCondition {
  if (refused.length > 0)
    return TopologySynced.because(
      'Refused',
      `the broker did not take ${sentenceOf(refused)}; everything else is as declared`,
    );
  if (conflicting.length > 0) {
    const message = `these queues were made with other arguments, which cannot be changed: ${conflicting.join(', ')}; empty and delete them, and they are made again`;
    return TopologySynced.because('QueuesDiffer', message);
  }
  if (retained.length > 0) {
    const queues = retained.map(({ queue }) => queue).sort();
    const message = `as declared; no service consumes these queues any more, and they are kept since they hold messages: ${queues.join(', ')}; purge them, and they are deleted`;
    return TopologySynced.because('QueuesRetained', message);
  }
  return TopologySynced.because('Synced', 'queues, bindings, users and permissions are as declared');
}
