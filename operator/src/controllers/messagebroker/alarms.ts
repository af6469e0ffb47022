import { LEAST_MEMORY, type MessageBroker } from '../../api/messagebroker.ts';
import { isMemoryTooSmall } from '../../engines/rabbitmq/configuration.ts';
import type { BrokerNode } from '../../engines/rabbitmq/nodes.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import { AcceptsMessages } from './conditions.ts';

/** The condition `AcceptsMessages` of a broker whose nodes could be asked. */
export function acceptsMessages(broker: MessageBroker, nodes: readonly BrokerNode[]): JudgedCondition {
  const withAlarm = (has: (node: BrokerNode) => boolean): string =>
    nodes
      .filter(has)
      .map(({ name }) => name)
      .sort()
      .join(', ');
  const memory = withAlarm(({ hasMemoryAlarm }) => hasMemoryAlarm);
  const disk = withAlarm(({ hasDiskAlarm }) => hasDiskAlarm);
  if (isMemoryTooSmall(broker)) return tooSmall();
  if (memory !== '')
    return AcceptsMessages.because('MemoryAlarm', `publishers wait: ${memory} above the memory watermark`);
  if (disk !== '')
    return AcceptsMessages.because('DiskAlarm', `publishers wait: too little free disk at ${disk}`);
  return AcceptsMessages.because('Accepting', 'no node has an alarm');
}

/** The condition as long as no node can be asked. */
export function acceptsUnasked(broker: MessageBroker): JudgedCondition {
  return isMemoryTooSmall(broker)
    ? tooSmall()
    : AcceptsMessages.because('Waiting', 'nodes are asked when they are up');
}

function tooSmall(): JudgedCondition {
  const message = `the memory limit is too low for a broker: it needs ${LEAST_MEMORY} at least`;
  return AcceptsMessages.because('MemoryTooSmall', message);
}
