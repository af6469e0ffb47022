import { describe, expect, it } from '@jest/globals';
import type { MessageBroker } from '../../api/messagebroker.ts';
import type { BrokerNode } from '../../engines/rabbitmq/nodes.ts';
import { acceptsMessages, acceptsUnasked } from './alarms.ts';

const brokerOf = (memory: string): MessageBroker => ({
  apiVersion: 'careplane.dev/v1alpha1',
  kind: 'MessageBroker',
  metadata: { name: 'broker', namespace: 'clinic' },
  spec: {
    nodes: 3,
    storage: { size: '1Gi' },
    deletionPolicy: 'Retain',
    resources: { limits: { memory } },
  },
});
const BROKER = brokerOf('768Mi');
const node = (index: number, alarms: Partial<BrokerNode> = {}): BrokerNode => ({
  name: `rabbit@b-${index}`,
  isRunning: true,
  dataDirectory: undefined,
  hasMemoryAlarm: false,
  hasDiskAlarm: false,
  ...alarms,
});

describe('the condition AcceptsMessages', () => {
  it('is False for one node with an alarm, and names each that has one', () => {
    const memory = acceptsMessages(BROKER, [
      node(2, { hasMemoryAlarm: true }),
      node(0),
      node(1, { hasMemoryAlarm: true, hasDiskAlarm: true }),
    ]);
    expect(memory).toMatchObject({ status: 'False', reason: 'MemoryAlarm', alarming: true });
    expect(memory.message).toContain('rabbit@b-1, rabbit@b-2 above');
    expect(acceptsMessages(BROKER, [node(0, { hasDiskAlarm: true })])).toMatchObject({
      status: 'False',
      reason: 'DiskAlarm',
      message: expect.stringContaining('at rabbit@b-0'),
    });
  });

  it('is True without alarms, and Unknown as long as nobody can be asked', () => {
    expect(acceptsMessages(BROKER, [node(0)])).toMatchObject({ status: 'True', reason: 'Accepting' });
    expect(acceptsUnasked(BROKER)).toMatchObject({ status: 'Unknown', reason: 'Waiting' });
  });

  it('says how much memory a broker needs, before and after it is up', () => {
    const message = expect.stringContaining('512Mi at least');
    expect(acceptsUnasked(brokerOf('128Mi'))).toMatchObject({ reason: 'MemoryTooSmall', message });
    expect(acceptsMessages(brokerOf('128Mi'), [node(0)])).toMatchObject({
      reason: 'MemoryTooSmall',
      message,
    });
  });
});
