import { describe, expect, it } from '@jest/globals';
import type { KubeClient, ListPage, WatchOptions } from '../client/client.ts';
import { Definitions, type DefinitionsOptions } from './definitions.ts';
import { ApiError } from '../errors.ts';
import { clinics } from '../fixtures/clinic.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import type { KubeObject } from '../kube.ts';
import { silentLogger } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';

const NAME = 'clinics.test.careplane.dev';

function definition(resourceVersion: string, deletionTimestamp?: string): KubeObject {
  const more = deletionTimestamp === undefined ? {} : { deletionTimestamp };
  const metadata = { name: NAME, resourceVersion, uid: 'u', ...more };
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata };
}

interface Scene {
  definitions: Definitions;
  clock: ManualClock;
  states: string[];
  warnings: string[];
  selectors: Set<string | undefined>;
  /** The watch that runs now. */
  watch: () => WatchOptions;
}

/** Definitions of one kind, with an API server whose lists are `list`. */
function scene(list: () => ListPage): Scene {
  const clock = new ManualClock();
  const states: string[] = [];
  const warnings: string[] = [];
  const selectors = new Set<string | undefined>();
  let running: WatchOptions | undefined;
  const client = {
    listPage: (_type: unknown, { fieldSelector }: { fieldSelector?: string }) => {
      selectors.add(fieldSelector);
      return Promise.resolve().then(list);
    },
    watch: (_type: unknown, options: WatchOptions) => {
      running = options;
      return new Promise<void>((_resolve, reject) => {
        options.signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
    },
  } as unknown as KubeClient;
  const options: DefinitionsOptions = {
    client,
    clock,
    random: () => 0.5,
    metrics: new Metrics(),
    log: { ...silentLogger, warn: (message) => warnings.push(message) },
    silenceLimitMs: 3_600_000,
    relistMs: 3_600_000,
    onTurn: (_type, state) => states.push(state),
  };
  const watch = (): WatchOptions => {
    if (running === undefined) throw new Error('nothing is watched');
    return running;
  };
  return { definitions: new Definitions(options, [clinics]), clock, states, warnings, selectors, watch };
}

describe('the definitions of our kinds', () => {
  it('are followed by their names, until one terminates and is gone', async () => {
    const { definitions, clock, states, selectors, watch } = scene(() => ({
      objects: [definition('1')],
      resourceVersion: '1',
    }));
    definitions.start();
    await clock.advance(0);
    expect(definitions.unsettled()).toEqual([]);
    expect([...selectors]).toEqual([`metadata.name=${NAME}`]);
    expect(definitions.isGoing(clinics)).toBe(false);
    watch().onEvent({ type: 'MODIFIED', object: definition('2', '2026-01-01T00:00:00Z') });
    expect(definitions.isGoing(clinics)).toBe(true);
    watch().onEvent({ type: 'DELETED', object: definition('3') });
    watch().onEvent({ type: 'ADDED', object: definition('4') });
    expect(states).toEqual(['serving', 'terminating', 'gone', 'serving']);
    await definitions.stop();
  });

  it('may not be readable: that is said once, and nothing is taken for going', async () => {
    const refused = new ApiError({ status: 403, reason: 'Forbidden', message: 'no', path: 'p' });
    const { definitions, clock, states, warnings } = scene(() => {
      throw refused;
    });
    definitions.start();
    await clock.advance(0);
    expect(definitions.unsettled()).toEqual([]);
    await clock.advance(3_600_000);
    expect(warnings).toHaveLength(1);
    expect([states, definitions.isGoing(clinics)]).toEqual([[], false]);
    await definitions.stop();
  });

  it('are asked for again while the API server does not answer, and nothing begins before', async () => {
    let isDown = true;
    const { definitions, clock } = scene(() => {
      if (isDown) throw new Error('no answer');
      return { objects: [definition('1')], resourceVersion: '1' };
    });
    definitions.start();
    await clock.advance(60_000);
    expect(definitions.unsettled()).toEqual(['Clinic']);
    isDown = false;
    await clock.advance(10_000);
    expect(definitions.unsettled()).toEqual([]);
    await definitions.stop();
  });
});
