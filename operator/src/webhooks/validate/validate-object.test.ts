import { describe, expect, it } from '@jest/globals';
import type { ScalingPolicy } from '../../api/scalingpolicy.ts';
import { aBroker, aPolicy, aService, aStore } from '../../controllers/healthcareservice/fixtures/objects.ts';
import { readSettings } from '../../config.ts';
import { offersOf } from '../../engines/versions/offers.ts';
import { cacheWith } from '../../runtime/fixtures/cache.ts';
import type { KubeObject } from '../../runtime/kube.ts';
import { silentLogger } from '../../runtime/telemetry/log.ts';
import { admissionReview, type AdmissionRequest } from '../admission-review.ts';
import { validateObject, type ValidationContext } from './validate-object.ts';
import type { LiveRead } from './foreign-objects.ts';

/** What is cached, and what is there in truth. */
function context(cached: readonly KubeObject[], live: LiveRead): ValidationContext {
  return { cache: cacheWith(cached), lookup: live, log: silentLogger };
}

const among =
  (objects: readonly KubeObject[]): LiveRead =>
  ({ kind }, { name }) =>
    Promise.resolve(objects.find((object) => object.kind === kind && object.metadata.name === name));

function request(object: KubeObject, oldObject?: KubeObject): AdmissionRequest {
  const changes = oldObject === undefined ? { operation: 'CREATE' } : { operation: 'UPDATE', oldObject };
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u', object, ...changes },
  };
  return admissionReview.parse(review).request;
}

const second = (spec: Partial<ScalingPolicy['spec']> = {}): ScalingPolicy => {
  const policy = aPolicy('mails');
  return { ...policy, metadata: { ...policy.metadata, name: 'second' }, spec: { ...policy.spec, ...spec } };
};

describe('validateObject', () => {
  it('refuses what clashes with something that is there', async () => {
    const there = [aStore('db')];
    const result = await validateObject(request(aService('db')), context(there, among(there)));
    expect(result.causes).toMatchObject([{ field: 'metadata.name' }]);
  });

  it('refuses a version that is not offered, of a new object and of one that asks for another', async () => {
    const old = aBroker('rabbit');
    const asked = { ...old, spec: { ...old.spec, version: '4.1' } };
    const offering = { ...context([], among([])), offers: offersOf(readSettings([], {})) };
    for (const before of [undefined, old]) {
      const { causes } = await validateObject(request(asked, before), offering);
      expect(causes).toEqual([
        {
          field: 'spec.version',
          message: 'the operator has no rabbitmq 4.1: it offers 4.0 (chart value engines.versions.rabbitmq)',
        },
      ]);
    }
  });

  it('lets in what clashes only with a cache that is behind, or with what is on its way out', async () => {
    const gone = await validateObject(request(aService('db')), context([aStore('db')], among([])));
    expect(gone.causes).toEqual([]);
    const leaving = { ...aStore('db'), metadata: { name: 'db', deletionTimestamp: '2026-11-21T00:00:00Z' } };
    const result = await validateObject(request(aService('db')), context([aStore('db')], among([leaving])));
    expect(result.causes).toEqual([]);
  });

  it('refuses on what is cached when the API server cannot be asked, and warns of nothing it has not seen', async () => {
    const broken: LiveRead = () => Promise.reject(new Error('no answer'));
    const clash = await validateObject(request(aService('db')), context([aStore('db')], broken));
    expect(clash.causes).toHaveLength(1);
    const free = await validateObject(request(aService('free')), context([], broken));
    expect(free).toEqual({ causes: [], warnings: [] });
  });

  it('warns before it takes over an object of somebody else, and says whose it cannot take', async () => {
    const controller = { apiVersion: 'apps/v1', kind: 'Shop', name: 'theirs', uid: 'x', controller: true };
    const foreign = [
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', ownerReferences: [controller] } },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'a-bindings', labels: { 'careplane.dev/owner': 'a' } },
      },
    ];
    const { causes, warnings } = await validateObject(request(aService('a')), context([], among(foreign)));
    expect(causes).toEqual([]);
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).toMatch(
      /Service a belongs to Shop theirs.*Deployment a exists and is not Careplane's/,
    );
  });

  it('never refuses an update for what was so before, so that it can be repaired step by step', async () => {
    const there = [aService('mails', { consumes: [{ event: 'a.b' }] }), aPolicy('mails')];
    const result = await validateObject(
      request(second({ pause: true }), second()),
      context(there, among(there)),
    );
    expect(result.causes).toEqual([]);
    expect(result.warnings).toMatchObject([
      expect.stringContaining('ScalingPolicy mails scales mails already'),
    ]);
  });

  it('refuses an update that adds a clash', async () => {
    const there = [aStore('db')];
    const before = aService('a', { secrets: [{ name: 'own' }] });
    const after = aService('a', { secrets: [{ name: 'own' }, { name: 'db-keyfile' }] });
    const result = await validateObject(request(after, before), context(there, among(there)));
    expect(result.causes).toMatchObject([{ field: 'spec.secrets[1].name' }]);
  });

  it('has nothing to say when the spec stays as it is', async () => {
    const before = aService('a', { calls: [{ service: 'gone', port: 'http' }] });
    const after = { ...before, metadata: { ...before.metadata, labels: { team: 'x' } } };
    expect(await validateObject(request(after, before), context([], among([])))).toEqual({
      causes: [],
      warnings: [],
    });
  });
});
