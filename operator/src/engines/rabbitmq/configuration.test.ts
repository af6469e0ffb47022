import { describe, expect, it } from '@jest/globals';
import { LEAST_MEMORY, type MessageBroker } from '../../api/messagebroker.ts';
import { isMemoryTooSmall, rabbitmqConfig } from './configuration.ts';

const ZONE = { namespace: 'clinic', clusterDomain: 'cluster.local' };
const MIB = 2 ** 20;

function brokerOf({ memory, size = '1Gi' }: { memory?: string; size?: string }): MessageBroker {
  const resources = memory === undefined ? {} : { resources: { limits: { memory } } };
  return {
    apiVersion: 'careplane.dev/v1alpha1',
    kind: 'MessageBroker',
    metadata: { name: 'broker', namespace: 'clinic' },
    spec: { nodes: 1, storage: { size }, deletionPolicy: 'Retain', ...resources },
  };
}

/** The number that the configuration has under a key. */
function valueOf(broker: MessageBroker, key: string): number {
  const line = rabbitmqConfig(broker, 1, ZONE)
    .split('\n')
    .find((one) => one.startsWith(`${key} = `));
  return Number(line?.split(' = ')[1]);
}

describe('the watermarks of a broker', () => {
  it.each([
    [undefined, Math.floor(768 * 0.6 * MIB)],
    ['2Gi', Math.floor(2_048 * 0.6 * MIB)],
    ['512Mi', Math.floor(512 * 0.6 * MIB)],
  ])('with a memory limit of %s leave what a node needs by itself', (memory, bytes) => {
    const broker = brokerOf(memory === undefined ? {} : { memory });
    expect(valueOf(broker, 'vm_memory_high_watermark.absolute')).toBe(bytes);
    expect(isMemoryTooSmall(broker)).toBe(false);
  });

  it('are told to be too small from the limit on that the schema refuses', () => {
    expect(isMemoryTooSmall(brokerOf({ memory: LEAST_MEMORY }))).toBe(false);
    expect(isMemoryTooSmall(brokerOf({ memory: '511Mi' }))).toBe(true);
  });

  it('ask a small volume for a share of it only', () => {
    expect(valueOf(brokerOf({}), 'disk_free_limit.absolute')).toBe(200_000_000);
    expect(valueOf(brokerOf({ size: '100Mi' }), 'disk_free_limit.absolute')).toBe(20 * MIB);
  });
});
