import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { aService, observedOf } from '../fixtures/objects.ts';
import { plan } from '../plan.ts';
import { generatedStatus, guardedKeys, lostKeys } from './lost-keys.ts';
import type { ObservedSecret } from './secrets.ts';

const SETTINGS = {
  imagePullPolicy: 'IfNotPresent',
  priorityClassPrefix: '',
  leaseNamespace: 'careplane-system',
  clusterDomain: 'cluster.local',
};
const secrets = [{ name: 'keys', generate: ['sign', 'seal'] }];

function remembering(keys: string[], annotations: Record<string, string> = {}): HealthcareService {
  const service = aService('a', { secrets });
  const status = { generated: [{ secret: 'keys', keys }] };
  return { ...service, metadata: { ...service.metadata, annotations }, status };
}

function seen(missing: string[], guarded: string[] = [], exists = true): ObservedSecret {
  return { name: 'keys', exists, missingKeys: missing, guardedKeys: guarded, isWatched: true };
}

describe('a generated key', () => {
  it('is remembered once it is there, and stays so when it is lost', () => {
    const fresh = aService('a', { secrets });
    expect(generatedStatus(fresh, [seen(['sign', 'seal'])])).toEqual({});
    const generated = [{ secret: 'keys', keys: ['sign'] }];
    expect(generatedStatus(fresh, [seen(['seal'])])).toEqual({ generated });
    expect(generatedStatus(remembering(['sign']), [seen(['sign', 'seal'], [], false)])).toEqual({
      generated,
    });
    const without = aService('a', { secrets: [{ name: 'keys', generate: ['seal'] }] });
    expect(generatedStatus({ ...without, status: { generated } }, [seen(['seal'])])).toEqual({});
  });

  it('that any service which names the Secret remembers is not made anew', () => {
    const fresh = aService('b', { secrets });
    expect(guardedKeys('keys', fresh, [])).toEqual([]);
    expect(guardedKeys('keys', fresh, [remembering(['sign']), fresh])).toEqual(['sign']);
    expect(guardedKeys('other', fresh, [remembering(['sign'])])).toEqual([]);
    expect(lostKeys(seen(['sign', 'seal'], ['sign']))).toEqual(['sign']);
  });

  it('is made anew when somebody asks for it, once', () => {
    const asked = remembering(['sign'], { 'careplane.dev/regenerate-secret': 'keys' });
    expect(guardedKeys('keys', asked, [remembering(['sign'])])).toEqual([]);
    expect(generatedStatus(asked, [seen(['sign'])])).not.toHaveProperty('regenerated');
    expect(generatedStatus(asked, [seen([])])).toMatchObject({ regenerated: 'keys' });
    const done = { ...asked, status: { ...asked.status, regenerated: 'keys' } };
    expect(guardedKeys('keys', done, [])).toEqual(['sign']);
    expect(generatedStatus(done, [seen(['sign'])])).toMatchObject({ regenerated: 'keys' });
    expect(generatedStatus({ ...done, metadata: remembering([]).metadata }, [seen([])])).not.toHaveProperty(
      'regenerated',
    );
  });

  it('that is lost is told with what to do, and holds the rollout', () => {
    const service = remembering(['sign', 'seal']);
    const facts = { secrets: [seen(['sign', 'seal'], ['sign', 'seal'], false)], secretsFingerprint: 'f' };
    const { conditions, children } = plan(service, observedOf(service, facts), SETTINGS);
    expect(conditions.find(({ type }) => type === 'BindingsReady')).toMatchObject({
      status: 'False',
      reason: 'SecretLost',
      alarming: true,
      message:
        'the Secret keys was there once and is gone: restore it; to give up what is stored with its values, annotate this service careplane.dev/regenerate-secret=keys',
    });
    expect(children.map(({ kind }) => kind)).not.toContain('Deployment');
  });
});
