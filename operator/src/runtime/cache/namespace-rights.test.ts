import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { NamespaceRights } from './namespace-rights.ts';

interface Scene {
  rights: NamespaceRights;
  events: string[];
  metrics: Metrics;
  /** The last work in the namespace has ended. */
  finish: () => void;
}

function scene(): Scene {
  const events: string[] = [];
  const metrics = new Metrics();
  const { promise, resolve: finish } = Promise.withResolvers<undefined>();
  const rights = new NamespaceRights({
    metrics,
    log: silentLogger,
    idle: () => promise,
    onLost: (namespace) => events.push(`lost ${namespace}`),
    onRegained: (namespace) => events.push(`regained ${namespace}`),
  });
  return {
    rights,
    events,
    metrics,
    finish: () => {
      finish(undefined);
    },
  };
}

const [services, stores, elsewhere] = [{ namespace: 'a' }, { namespace: 'a' }, { namespace: 'b' }];

describe('the right to read namespaces', () => {
  it('is lost with the first kind that is refused, and there again when all kinds are listed', async () => {
    const { rights, events, metrics, finish } = scene();
    const gone = Promise.all([rights.lost(services), rights.lost(stores), rights.lost(stores)]);
    expect(['a', 'b', undefined].map((namespace) => rights.isLost(namespace))).toEqual([true, false, false]);
    finish();
    await gone;
    expect((await metrics.namespaceForbidden.get()).values).toMatchObject([
      { labels: { namespace: 'a' }, value: 1 },
    ]);
    rights.regained(services);
    rights.regained(elsewhere);
    expect(rights.lostNamespaces()).toEqual(['a']);
    rights.regained(stores);
    expect(events).toEqual(['lost a', 'regained a']);
    expect(rights.lostNamespaces()).toEqual([]);
    expect((await metrics.namespaceForbidden.get()).values).toEqual([]);
  });

  it('that is lost lets what is under way end before anything is forgotten', async () => {
    const { rights, finish } = scene();
    let isForgotten = false;
    const forgetting = rights.lost(services).then(() => (isForgotten = true));
    await Promise.resolve();
    expect([rights.isLost('a'), isForgotten]).toEqual([true, false]);
    finish();
    await forgetting;
    expect(isForgotten).toBe(true);
  });
});
