import { encryptedStores } from '@careplane/operator/api/encryptedstore';
import { healthcareServices } from '@careplane/operator/api/healthcareservice';
import { messageBrokers } from '@careplane/operator/api/messagebroker';
import { buildGraph, nodeName } from '@careplane/operator/graph';
import type { Cache } from '@careplane/operator/runtime/controller';
import { keyOf } from '@careplane/operator/runtime/keys';
import { isPaused } from '@careplane/operator/runtime/safety/pause';
import type { Declaration } from './declare.ts';
import type { Outlook } from './rehearse.ts';
import { objectId } from './snapshot.ts';

/** Conditions that keep a service's pods from being made, whatever happens elsewhere. */
const HOLDING = new Set(['BindingsReady', 'DataProtected']);

/** Warnings about a plan that can be carried out: dangling edges, pods that wait. */
export function warningsOf(
  declared: readonly Declaration[],
  outlook: Outlook,
  cache: Cache,
  before: ReadonlySet<string>,
): string[] {
  const names = new Set(declared.map(({ object }) => object.metadata.name));
  const edges = edgeFindings(cache, namespacesOf(declared)).filter(
    ({ text, name }) => names.has(name) || !before.has(text),
  );
  const waiting = declared.flatMap(({ object }) =>
    (outlook.conditions.get(objectId(object, keyOf(object))) ?? [])
      .filter(({ type, status }) => HOLDING.has(type) && status === 'False')
      .map(({ message }) => `${object.kind} ${object.metadata.name}: its pods wait: ${message}`),
  );
  const paused = declared
    .filter(({ object }) => isPaused(object))
    .map(({ object }) => `${object.kind} ${object.metadata.name}: it is paused, so nothing is made of it`);
  return [...edges.map(({ text }) => text), ...waiting, ...paused];
}

/** Objects whose children cannot be foreseen, and why. */
export function failuresOf({ failed }: Outlook): string[] {
  return failed.map(
    ({ object, why }) => `${object.kind} ${object.metadata.name}: its children cannot be planned: ${why}`,
  );
}

/** Dangling and one-sided edges of these namespaces. */
export function edgeFindings(cache: Cache, namespaces: readonly string[]): { name: string; text: string }[] {
  const graph = buildGraph({
    services: namespaces.flatMap((namespace) => cache.list(healthcareServices, namespace)),
    stores: namespaces.flatMap((namespace) => cache.list(encryptedStores, namespace)),
    brokers: namespaces.flatMap((namespace) => cache.list(messageBrokers, namespace)),
  });
  return graph.findings
    .filter(({ kind }) => kind === 'dangling' || kind === 'one-sided')
    .map(({ node, kind, message }) => ({
      name: nodeName(node),
      text: `HealthcareService ${nodeName(node)}: ${kind} edge: ${message}`,
    }));
}

export function namespacesOf(declared: readonly Declaration[]): string[] {
  return [...new Set(declared.map(({ object }) => object.metadata.namespace ?? ''))].sort();
}
