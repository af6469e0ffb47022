import { describe, expect, it } from '@jest/globals';
import type { MessageBroker } from '../../api/messagebroker.ts';
import { isMemoryTooSmall, LEAST_MEMORY, rabbitmqConfig } from './configuration.ts';

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
    ['256Mi', 160 * MIB],
    ['230Mi', 160 * MIB],
  ])('with a memory limit of %s leave what a node needs by itself', (memory, bytes) => {
    const broker = brokerOf(memory === undefined ? {} : { memory });
    expect(valueOf(broker, 'vm_memory_high_watermark.absolute')).toBe(bytes);
    expect(isMemoryTooSmall(broker)).toBe(false);
  });

  it('cannot be sized below the least memory, and stay below the limit there', () => {
    const broker = brokerOf({ memory: '128Mi' });
    expect(isMemoryTooSmall(broker)).toBe(true);
    expect(valueOf(broker, 'vm_memory_high_watermark.absolute')).toBeLessThan(128 * MIB);
    expect(isMemoryTooSmall(brokerOf({ memory: String(LEAST_MEMORY) }))).toBe(false);
    expect(isMemoryTooSmall(brokerOf({ memory: String(LEAST_MEMORY - 1) }))).toBe(true);
  });

  it('ask a small volume for a share of it only', () => {
    expect(valueOf(brokerOf({}), 'disk_free_limit.absolute')).toBe(200_000_000);
    expect(valueOf(brokerOf({ size: '100Mi' }), 'disk_free_limit.absolute')).toBe(20 * MIB);
  });
});
