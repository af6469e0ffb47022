import { describe, expect, it } from '@jest/globals';
import type { KubeClient, WatchOptions } from '../client/client.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import type { KubeObject } from '../kube.ts';
import { silentLogger } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { NamespaceScope } from './namespace-scope.ts';

let version = 1;

function namespaceOf(name: string): KubeObject {
  version++;
  const metadata = { name, uid: `uid-${name}`, resourceVersion: String(version) };
  return { apiVersion: 'v1', kind: 'Namespace', metadata };
}

interface Scene {
  scope: NamespaceScope;
  clock: ManualClock;
  events: string[];
  /** What the API server tells of the selected namespaces. */
  tell: (type: 'ADDED' | 'DELETED', name: string) => void;
  /** The last work in the namespace that leaves has ended. */
  finish: () => void;
}

/** A shard with the namespace `a`. */
async function scene(): Promise<Scene> {
  const clock = new ManualClock();
  const events: string[] = [];
  let watch: WatchOptions | undefined;
  let finish: () => void = () => undefined;
  const client = {
    listPage: () => Promise.resolve({ objects: [namespaceOf('a')], resourceVersion: String(version) }),
    watch: (_type: unknown, options: WatchOptions) => {
      watch = options;
      return new Promise<void>((_resolve, reject) => {
        options.signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    },
  } as unknown as KubeClient;
  const scope = new NamespaceScope({
    client,
    clock,
    random: () => 0.5,
    metrics: new Metrics(),
    log: silentLogger,
    silenceLimitMs: 3_600_000,
    relistMs: 3_600_000,
    selector: 'shard=one',
    onTaken: (namespace) => events.push(`taken ${namespace}`),
    onLeft: (namespace) => events.push(`left ${namespace}`),
    idle: () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  });
  scope.start();
  await clock.advance(0);
  return {
    scope,
    clock,
    events,
    tell: (type, name) => watch?.onEvent({ type, object: namespaceOf(name) }),
    finish: () => {
      finish();
    },
  };
}

describe('the namespaces of a shard', () => {
  it('are those that the API server selects; what has no namespace is everybody’s', async () => {
    const { scope, events, tell } = await scene();
    tell('ADDED', 'b');
    expect(events).toEqual(['taken a', 'taken b']);
    expect(['a', 'b', 'c', undefined].map((name) => scope.owns(name))).toEqual([true, true, false, true]);
    await scope.stop();
  });

  it('are let go in two steps: nothing new is begun, and what is cached stays until the last work has ended', async () => {
    const { scope, clock, events, tell, finish } = await scene();
    tell('DELETED', 'a');
    expect([scope.owns('a'), scope.admits('a')]).toEqual([false, true]);
    expect(events).toEqual(['taken a']);
    finish();
    await clock.advance(0);
    expect([scope.owns('a'), scope.admits('a')]).toEqual([false, false]);
    expect(events).toEqual(['taken a', 'left a']);
    await scope.stop();
  });

  it('stay when they come back before the last work has ended', async () => {
    const { scope, clock, events, tell, finish } = await scene();
    tell('DELETED', 'a');
    tell('ADDED', 'a');
    finish();
    await clock.advance(0);
    expect([scope.owns('a'), scope.admits('a')]).toEqual([true, true]);
    expect(events).toEqual(['taken a', 'taken a']);
    await scope.stop();
  });
});
