import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import {
  installCrds,
  startApiServer,
  until,
  type KubeAnswer,
  type RunningApiServer,
} from '@careplane/testing';
import { API_VERSION } from '../api/group.ts';
import type { HealthcareService } from '../api/healthcareservice.ts';
import { kinds } from '../api/kinds.ts';
import type { Declared } from '../graph/model.ts';
import type { Owner } from '../names/child-names.ts';
import { createAuthority, type KeyPair } from '../pki/certificate.ts';
import type { AnyObject } from '../runtime/kube.ts';
import { CONFIGURATION, startOperator, SYSTEM, type TestOperator } from '../webhooks/fixtures/operator.ts';
import { inventedNeighbours, plannedChildren } from './fixtures/planned-children.ts';
import { objectOf } from './fixtures/random-objects.ts';

/** Another one for another run: `RANDOM_OBJECTS_SEED=7`. */
const SEED = Number(process.env['RANDOM_OBJECTS_SEED'] ?? 20261129);
/** How many of each kind are to be let in, and how many may be tried for that. */
const WANTED = 40;
const TRIES = 2_400;

const root = fileURLToPath(new URL('../../..', import.meta.url));
const REGISTERED = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${CONFIGURATION}`;
let server: RunningApiServer;
let operator: TestOperator;
let pair: KeyPair;

beforeAll(async () => {
  pair = await createAuthority('test', Date.now());
  server = await startApiServer();
  await installCrds(server.api, join(root, 'crds'));
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  for (const name of ['clinic', SYSTEM])
    await server.api.apply(`/api/v1/namespaces/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
    });
  const [apiVersion, kind] = ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'];
  await server.api.apply(REGISTERED, { apiVersion, kind, metadata: { name: CONFIGURATION } });
  const kubeconfig = await server.kubeconfigFor('the-operator');
  operator = await startOperator({ kubeconfig, identity: 'only', namespaces: ['clinic'] });
  // The API server learns of the registration a moment later.
  await until(async () => (await refusedByWebhookOnly()).status === 422, {
    what: 'the webhook to be asked',
    deadlineMs: 60_000,
  });
}, 180_000);

afterAll(async () => {
  await operator.manager.stop();
  await server.stop();
});

function refusedByWebhookOnly(): Promise<KubeAnswer> {
  const spec = { image: 'a/b:1', role: 'worker', dataClass: 'public', nodeSelector: { _: '' } };
  const body = { apiVersion: API_VERSION, kind: 'HealthcareService', metadata: { name: 'tried' }, spec };
  return server.api.request('POST', `${collection('healthcareservices')}?dryRun=All`, { body });
}

const collection = (plural: string): string => `/apis/${API_VERSION}/namespaces/clinic/${plural}`;

/** Objects of the kind that are let in, as the API server keeps them. */
async function letIn(kind: (typeof kinds)[number]): Promise<Owner[]> {
  const made: Owner[] = [];
  const tried = fc.sample(objectOf(kind), { seed: SEED, numRuns: TRIES });
  for (const { name, spec } of tried) {
    if (made.length === WANTED) break;
    // Names meet, but are not used up.
    const metadata = { name: made.length % 4 === 0 ? name : `${kind.shortName}-${made.length}` };
    const body = { apiVersion: API_VERSION, kind: kind.kind, metadata, spec };
    const path = `${collection(kind.plural)}?fieldValidation=Strict`;
    const { status, body: answer } = await server.api.request('POST', path, { body });
    if (status === 201) made.push(answer as Owner);
    // Refused by a rule, or the name is taken: in order. Anything else is a fault of ours.
    else if (![409, 422].includes(status)) throw new Error(`${kind.kind}: ${JSON.stringify(answer)}`);
  }
  return made;
}

/** What the API server has against the children, and against the pods and volumes that Kubernetes makes from them. */
async function refusals(owner: Owner): Promise<string[]> {
  const there: Declared =
    owner.kind === 'HealthcareService'
      ? inventedNeighbours(owner as HealthcareService)
      : { services: [], stores: [], brokers: [] };
  const children = plannedChildren(owner, there, pair);
  const answers = await Promise.all([...children.map(applied), ...children.flatMap(madeFrom).map(created)]);
  return answers
    .filter(({ status }) => status >= 300)
    .map(
      ({ body }) => `${owner.kind} ${owner.metadata.name}: ${(body as { message?: string }).message ?? ''}`,
    );
}

function applied(child: AnyObject): Promise<KubeAnswer> {
  const path = `${pathOf(child)}/${child.metadata.name}?dryRun=All&fieldManager=careplane&force=true`;
  return server.api.request('PATCH', path, { body: child, contentType: 'application/apply-patch+yaml' });
}

function created(object: AnyObject): Promise<KubeAnswer> {
  return server.api.request('POST', `${pathOf(object)}?dryRun=All`, { body: object });
}

function pathOf({ apiVersion, kind }: AnyObject): string {
  const plural = kind === 'NetworkPolicy' ? 'networkpolicies' : `${kind.toLowerCase()}s`;
  return `${apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`}/namespaces/clinic/${plural}`;
}

interface Workload {
  spec: {
    template: { metadata: object; spec: { volumes?: object[] } };
    volumeClaimTemplates?: { metadata: { name: string }; spec: object }[];
  };
}

/** A pod of a workload, with the longest name that it can have, and its volumes. */
function madeFrom(child: AnyObject): AnyObject[] {
  if (!['Deployment', 'StatefulSet'].includes(child.kind)) return [];
  const { template, volumeClaimTemplates: claims = [] } = (child as unknown as Workload).spec;
  const pod = `${child.metadata.name}-${child.kind === 'Deployment' ? 'ffffffffff-xxxxx' : '2'}`;
  const volumes = claims.map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: `${metadata.name}-${pod}` },
  }));
  const spec = { ...template.spec, volumes: [...(template.spec.volumes ?? []), ...volumes] };
  return [
    { apiVersion: 'v1', kind: 'Pod', metadata: { ...template.metadata, name: pod }, spec },
    ...claims.map((claim) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: `${claim.metadata.name}-${pod}` },
      spec: claim.spec,
    })),
  ];
}

it.each(kinds.map((kind) => [kind.kind, kind] as const))(
  `what is let in of random %ss (seed ${SEED}) makes only what the API server lets in, too`,
  async (_, kind) => {
    const owners = await letIn(kind);
    // A generator of which nothing is let in would prove nothing.
    expect(owners.length).toBeGreaterThan(WANTED / 2);
    const refused: string[] = [];
    for (const owner of owners.filter(({ kind: own }) => own !== 'ScalingPolicy'))
      refused.push(...(await refusals(owner)));
    expect(refused).toEqual([]);
  },
  120_000,
);
