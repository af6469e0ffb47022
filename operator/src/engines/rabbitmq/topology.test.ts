import { describe, expect, it } from '@jest/globals';
import { NAME_PATTERN } from '../../api/fields.ts';
import { changesOf } from './changes.ts';
import { observedOf } from './fixtures/observed-of.ts';
import { LEAVING, leavingChanges } from './leaving.ts';
import { ADMINISTRATOR } from './names.ts';
import type { Definitions } from './observed-topology.ts';
import { hashPassword, isPassword } from './password.ts';
import { topologyOf } from './topology.ts';

const IDENTITY = { service: 'identity', publishes: ['patient.registered', 'consent.changed'], consumes: [] };
const NOTIFICATIONS = { service: 'notifications', publishes: [], consumes: ['patient.registered'] };

describe('topologyOf', () => {
  it('is the contract’s for a consumer and a publisher, in whatever order they come', () => {
    const topology = topologyOf([NOTIFICATIONS, IDENTITY]);
    expect(topologyOf([IDENTITY, NOTIFICATIONS])).toEqual(topology);
    expect(topology.queues.map(({ name }) => name)).toEqual([
      'notifications',
      'notifications.retry.1s',
      'notifications.retry.10s',
      'notifications.retry.60s',
      'notifications.dead',
    ]);
    expect(topology.queues[0]?.arguments).toEqual({
      'x-queue-type': 'quorum',
      'x-dead-letter-exchange': 'careplane.dead',
      'x-dead-letter-routing-key': 'notifications.dead',
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
      'x-delivery-limit': 20,
    });
  });

  it('gives a publisher its events and nothing to read; dots are dots', () => {
    const [identity] = topologyOf([IDENTITY]).users;
    expect(identity?.permission).toEqual({
      configure: '^$',
      write: String.raw`^(careplane\.events)$`,
      read: '^$',
    });
    expect(identity?.topicPermissions[0]).toEqual({
      exchange: 'careplane.events',
      write: String.raw`^(consent\.changed|patient\.registered)$`,
      read: '^$',
    });
    expect(identity?.topicPermissions.slice(1).map(({ write }) => write)).toEqual(['^$', '^$']);
  });

  it('gives a consumer its own queues, retries and dead letters, and no event to publish', () => {
    const [consumer] = topologyOf([NOTIFICATIONS]).users;
    expect(consumer?.permission).toEqual({
      configure: '^$',
      write: String.raw`^(careplane\.dead|careplane\.retry)$`,
      read: String.raw`^(notifications|notifications\.dead)$`,
    });
    expect(consumer?.topicPermissions[0]?.write).toBe('^$');
  });

  it('leaves out services without events', () => {
    expect(topologyOf([{ service: 'gateway', publishes: [], consumes: [] }]).users).toEqual([]);
  });
});

describe('changesOf', () => {
  it('names a queue whose arguments differ, and does not touch it', () => {
    const topology = topologyOf([NOTIFICATIONS]);
    const queues = topology.queues.map(({ name }) => ({
      name,
      vhost: 'clinic',
      arguments: { 'x-queue-type': 'classic' },
    }));
    const definitions = {
      global_parameters: [],
      vhosts: [{ name: 'clinic' }],
      users: [],
      permissions: [],
      topic_permissions: [],
      exchanges: [],
      queues,
      bindings: [],
    };
    const wanted = {
      vhost: 'clinic',
      topology,
      passwords: new Map<string, string>(),
      nodes: 1,
      administrator: 'admin',
      grace: { noted: [], wanted: [], now: 0, graceMs: 0 },
    };
    const { conflicting, list } = changesOf({ definitions, depths: new Map() }, wanted);
    expect(conflicting).toHaveLength(5);
    expect(list.filter(({ path }) => path[0] === 'queues')).toEqual([]);
  });

  it('lets no queue have events that are not declared, but those of departing services', () => {
    const topology = topologyOf([IDENTITY, NOTIFICATIONS]);
    const gone = topologyOf([{ service: 'reports', publishes: [], consumes: ['consent.changed'] }]);
    const foreign = ['tap', 'notifications.dead', 'identity', 'notifications'].map((queue) => ({
      exchange: 'careplane.events',
      queue,
      routingKey: '#',
    }));
    const present = {
      ...topology,
      queues: [...topology.queues, ...gone.queues],
      bindings: [...topology.bindings, ...gone.bindings, ...foreign],
    };
    const passwords = new Map(topology.users.map(({ name }) => [name, 'word']));
    const grace = { noted: [], wanted: ['identity', 'notifications'], now: 0, graceMs: 1 };
    const wanted = { vhost: 'clinic', topology, passwords, nodes: 1, administrator: 'admin', grace };
    const { list } = changesOf(observedOf('clinic', present, passwords), wanted);
    expect(list).toEqual(
      foreign.map(({ exchange, queue }) => ({
        method: 'DELETE',
        path: ['bindings', 'clinic', 'e', exchange, 'q', queue, '#'],
      })),
    );
  });
});

describe('accounts of nobody’s service', () => {
  const wanted = {
    vhost: 'clinic',
    topology: topologyOf([{ service: 'guest', publishes: ['a.b'], consumes: [] }]),
    passwords: new Map([['guest', 'word']]),
    nodes: 1,
    administrator: ADMINISTRATOR,
    grace: { noted: [], wanted: ['guest'], now: 0, graceMs: 0 },
  };
  const holding = (tags: string, name: string): Definitions => ({
    ...observedOf('clinic', topologyOf([]), new Map()).definitions,
    users: [{ name, password_hash: '', tags }],
  });
  const deletions = (tags: string, name = 'guest'): unknown[] =>
    changesOf({ definitions: holding(tags, name), depths: new Map() }, wanted).list.filter(
      ({ method }) => method === 'DELETE',
    );

  it('the operator’s can never be a service’s', () => {
    expect(ADMINISTRATOR).not.toMatch(NAME_PATTERN);
    expect(ADMINISTRATOR).not.toMatch(/^[a-z0-9.-]*$/);
  });

  it('a guest that the operator did not make is deleted', () => {
    expect(deletions('administrator')).toEqual([{ method: 'DELETE', path: ['users', 'guest'] }]);
    expect(deletions('careplane')).toEqual([]);
  });

  it('the operator’s own of before is deleted', () => {
    const name = 'careplane-operator';
    expect(deletions('administrator', name)).toEqual([{ method: 'DELETE', path: ['users', name] }]);
  });
});

describe('the released node', () => {
  it('is taken back once no node is to leave', () => {
    const { definitions } = observedOf('clinic', topologyOf([]), new Map());
    const released = { ...definitions, global_parameters: [{ name: LEAVING }, { name: 'other' }] };
    expect(leavingChanges(released, true)).toEqual([]);
    expect(leavingChanges(released, false)).toEqual([
      { method: 'DELETE', path: ['global-parameters', LEAVING] },
    ]);
    expect(leavingChanges(definitions, false)).toEqual([]);
  });
});

describe('passwords', () => {
  it('match RabbitMQ’s own example', () => {
    // https://www.rabbitmq.com/docs/passwords#computing-password-hash
    expect(hashPassword('test12', Buffer.from('908DC60A', 'hex'))).toBe(
      'kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR',
    );
    expect(isPassword('test12', 'kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR')).toBe(true);
    expect(isPassword('test13', 'kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR')).toBe(false);
  });
});
