import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NAME_PATTERN } from '../../api/fields.ts';
import { aBroker, aService, aStore } from '../../controllers/healthcareservice/fixtures/objects.ts';
import { bindingSecretName } from '../../names/service-names.ts';
import { brief, onlyThese } from '../fixtures/other-objects.ts';
import { mountedSecrets, secretsInUse } from './mounted-secrets.ts';

const there = onlyThese({
  stores: [aStore('db'), aStore('cache', { engine: 'redis' })],
  brokers: [aBroker('q')],
});

describe('mountedSecrets', () => {
  it.each(['db-keyfile', 'db-tls', 'cache-admin', 'cache-acl', 'q-admin', 'q-cookie', 'q-tls'])(
    'refuses the Secret %s of an engine',
    (name) => {
      const service = aService('a', { secrets: [{ name: 'own' }, { name }] });
      expect(brief(mountedSecrets(service, there))).toEqual(['refuse spec.secrets[1].name']);
    },
  );

  it.each([
    'careplane-ca-clinic',
    'careplane-webhook-ca',
    'careplane-webhook-tls',
    'careplane-fingerprint-key',
  ])("refuses the operator's own Secret %s", (name) => {
    expect(brief(mountedSecrets(aService('a', { secrets: [{ name }] }), there))).toEqual([
      'refuse spec.secrets[0].name',
    ]);
  });

  it('refuses a Secret whose folder the broker has that nobody named', () => {
    const spec = { publishes: [{ event: 'a.b' }], secrets: [{ name: 'q' }] };
    expect(brief(mountedSecrets(aService('a', spec), there))).toEqual(['refuse spec.secrets[0].name']);
    expect(mountedSecrets(aService('a', { secrets: [{ name: 'q' }] }), there)).toEqual([]);
  });

  it("has nothing against the service's own", () => {
    const secrets = [{ name: 'keys', generate: ['adminPassword'] }, { name: 'careplane' }];
    expect(mountedSecrets(aService('a', { secrets }), there)).toEqual([]);
  });
});

describe('secretsInUse', () => {
  it('refuses a store that would make a Secret which a service mounts', () => {
    const services = [aService('a', { secrets: [{ name: 'new-keyfile' }] })];
    const found = secretsInUse(aStore('new'), onlyThese({ services }));
    expect(brief(found)).toEqual(['refuse metadata.name']);
    expect(secretsInUse(aStore('other'), onlyThese({ services }))).toEqual([]);
  });
});

it('no two pairs of service and provider share a binding Secret, and none is a name that spec.secrets can have', () => {
  const name = fc.stringMatching(NAME_PATTERN).filter((text) => text.length <= 40);
  fc.assert(
    fc.property(name, name, name, name, (a, b, c, d) => {
      const isSame = a === c && b === d;
      expect(bindingSecretName(a, b) === bindingSecretName(c, d)).toBe(isSame);
      expect(bindingSecretName(a, b)).not.toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
    }),
  );
});
