import type { RunningApiServer, TcpProxy } from '@careplane/testing';
import { setTimeout as delay } from 'node:timers/promises';
import type { Operators } from './operators.ts';
import type { Random } from './random.ts';
import { NAMESPACES, service, SERVICES_PER_NAMESPACE, surroundings, type Declared } from './world.ts';

export interface StormParts {
  server: RunningApiServer;
  proxy: TcpProxy;
  operators: Operators;
  random: Random;
}

type Action = (parts: StormParts) => Promise<void>;

/** Kinds of children, with a change that another client makes to them. */
const CHILDREN: readonly { path: string; meddle: object }[] = [
  { path: '/apis/apps/v1/namespaces/{ns}/deployments', meddle: { spec: { paused: true } } },
  { path: '/api/v1/namespaces/{ns}/services', meddle: { spec: { selector: { foreign: 'yes' } } } },
  { path: '/api/v1/namespaces/{ns}/configmaps', meddle: { data: { 'callers.json': 'foreign' } } },
  { path: '/api/v1/namespaces/{ns}/serviceaccounts', meddle: { automountServiceAccountToken: true } },
  {
    path: '/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets',
    meddle: { metadata: { labels: { 'app.kubernetes.io/name': 'foreign' } } },
  },
  { path: '/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies', meddle: { spec: { ingress: [{}] } } },
  {
    path: '/apis/apps/v1/namespaces/{ns}/statefulsets',
    meddle: { metadata: { labels: { 'careplane.dev/owner': 'foreign' } } },
  },
];
const ANY_CHILD = encodeURIComponent('careplane.dev/kind');

/** Applies the object; a refusal is a fault of the soak itself. */
async function declare(server: RunningApiServer, { path, object }: Declared): Promise<void> {
  await server.api.apply(path, object);
}

async function edit({ server, random }: StormParts): Promise<void> {
  await declare(server, service(random.pick(NAMESPACES), random.below(SERVICES_PER_NAMESPACE), random));
}

async function removeService({ server, random }: StormParts): Promise<void> {
  const { path } = service(random.pick(NAMESPACES), random.below(SERVICES_PER_NAMESPACE), random);
  await server.api.request('DELETE', path);
}

async function aChild({ server, random }: StormParts): Promise<{ path: string; meddle: object } | undefined> {
  const kind = random.pick(CHILDREN);
  const collection = kind.path.replace('{ns}', random.pick(NAMESPACES));
  const { items } = (await server.api.demand('GET', `${collection}?labelSelector=${ANY_CHILD}`)) as {
    items: { metadata: { name: string } }[];
  };
  if (items.length === 0) return undefined;
  return { path: `${collection}/${random.pick(items).metadata.name}`, meddle: kind.meddle };
}

async function deleteChild(parts: StormParts): Promise<void> {
  const child = await aChild(parts);
  if (child !== undefined) await parts.server.api.request('DELETE', child.path);
}

async function meddle(parts: StormParts): Promise<void> {
  const child = await aChild(parts);
  if (child === undefined) return;
  const patch = { body: child.meddle, contentType: 'application/merge-patch+json' };
  await parts.server.api.request('PATCH', child.path, patch);
}

async function restartServer({ server }: StormParts): Promise<void> {
  await server.restart();
}

async function cutWatches({ proxy }: StormParts): Promise<void> {
  proxy.cut();
  return Promise.resolve();
}

/** Freezes connections: they stay open but transfer nothing. */
async function freeze({ proxy, random }: StormParts): Promise<void> {
  proxy.freeze();
  await delay(500 + random.below(4_000));
  proxy.thaw();
}

async function stopOperator({ operators, random }: StormParts): Promise<void> {
  await operators.restart(random.below(2), true);
}

async function killOperator({ operators, random }: StormParts): Promise<void> {
  await operators.restart(random.below(2), false);
}

async function compact({ server }: StormParts): Promise<void> {
  await server.compact();
}

interface Weighted {
  name: string;
  weight: number;
  run: Action;
}

const ALWAYS: readonly Weighted[] = [
  { name: 'services edited', weight: 300, run: edit },
  { name: 'services deleted', weight: 20, run: removeService },
  { name: 'children deleted', weight: 80, run: deleteChild },
  { name: 'children changed by others', weight: 80, run: meddle },
  { name: 'connections cut', weight: 6, run: cutWatches },
  { name: 'connections frozen', weight: 4, run: freeze },
  { name: 'etcd compacted', weight: 4, run: compact },
  { name: 'API server killed', weight: 2, run: restartServer },
];

const WITH_RESTARTS: readonly Weighted[] = [
  ...ALWAYS,
  { name: 'operators stopped by SIGTERM', weight: 4, run: stopOperator },
  { name: 'operators killed', weight: 4, run: killOperator },
];

export type Deeds = Map<string, number>;

/** Does random operations for the given milliseconds, and counts them by kind. */
export async function storm(
  parts: StormParts,
  durationMs: number,
  { withRestarts, signal }: { withRestarts: boolean; signal: AbortSignal },
): Promise<Deeds> {
  const actions = withRestarts ? WITH_RESTARTS : ALWAYS;
  const deeds: Deeds = new Map();
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    signal.throwIfAborted();
    const { name, run } = draw(actions, parts.random);
    await run(parts);
    deeds.set(name, (deeds.get(name) ?? 0) + 1);
    parts.operators.demandRunning();
    await delay(50 + parts.random.below(250));
  }
  return deeds;
}

function draw(actions: readonly Weighted[], random: Random): Weighted {
  let at = random.next() * actions.reduce((total, { weight }) => total + weight, 0);
  for (const action of actions) {
    at -= action.weight;
    if (at < 0) return action;
  }
  return random.pick(actions);
}

/** Declares the same state, whatever was before, so that two measurements are comparable. */
export async function declareAll(server: RunningApiServer, random: Random): Promise<void> {
  for (const namespace of NAMESPACES) {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await server.api.apply(`/api/v1/namespaces/${namespace}`, object);
    for (const one of surroundings(namespace)) await declare(server, one);
    for (let index = 0; index < SERVICES_PER_NAMESPACE; index++)
      await declare(server, service(namespace, index, random));
  }
}
