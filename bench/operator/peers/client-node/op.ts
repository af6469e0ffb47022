/**
 * A plain TypeScript operator on @kubernetes/client-node: its informer, its `KubernetesObjectApi.patch` by server-side
 * apply, ten workers. It follows the package's examples, without anything that Careplane's machinery adds.
 */
import * as k8s from '@kubernetes/client-node';

type Service = k8s.KubernetesObject & {
  spec: { image: string; replicas: number; port: number };
  status?: { observedGeneration?: number; conditions?: { status: string }[] };
};

const WORKERS = 10;
const RBAC = 'rbac.authorization.k8s.io';
const KIND = { group: 'bench.example', version: 'v1', plural: 'healthservices' };

const config = new k8s.KubeConfig();
config.loadFromDefault();
const objects = k8s.KubernetesObjectApi.makeApiClient(config);
const custom = config.makeApiClient(k8s.CustomObjectsApi);

const cache = new Map<string, Service>();
const queued = new Set<string>();
const busy = new Set<string>();

function identityOf({ metadata }: k8s.KubernetesObject): { name: string; namespace: string; uid: string } {
  return { name: metadata?.name ?? '', namespace: metadata?.namespace ?? '', uid: metadata?.uid ?? '' };
}

function childrenOf(service: Service): k8s.KubernetesObject[] {
  const { name, namespace, uid } = identityOf(service);
  const { image, replicas, port } = service.spec;
  const labels = { app: name };
  const selector = { matchLabels: labels };
  const owner = { apiVersion: 'bench.example/v1', kind: 'HealthService', name, uid };
  const metadata = {
    name,
    namespace,
    labels,
    ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
  };
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'], resourceNames: [name] }];
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const container = { name: 'main', image, ports: [{ name: 'http', containerPort: port }] };
  const template = { metadata: { labels }, spec: { serviceAccountName: name, containers: [container] } };
  const ports = [{ name: 'http', port, targetPort: 'http' }];
  const ingress = [{ ports: [{ port, protocol: 'TCP' }] }];
  const children = [
    { apiVersion: 'v1', kind: 'ServiceAccount', automountServiceAccountToken: false },
    { apiVersion: 'v1', kind: 'ConfigMap', data: { 'config.yaml': `image: ${image}\nport: ${port}\n` } },
    { apiVersion: `${RBAC}/v1`, kind: 'Role', rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      roleRef: { apiGroup: RBAC, kind: 'Role', name },
      subjects,
    },
    { apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas, selector, template } },
    { apiVersion: 'v1', kind: 'Service', spec: { selector: labels, ports } },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', spec: { maxUnavailable: 1, selector } },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      spec: { podSelector: selector, policyTypes: ['Ingress'], ingress },
    },
  ];
  return children.map((child) => ({ ...child, metadata }));
}

async function reconcile(key: string): Promise<void> {
  const service = cache.get(key);
  if (service === undefined || service.metadata?.deletionTimestamp !== undefined) return;
  for (const child of childrenOf(service))
    await objects.patch(child, undefined, undefined, 'bench-ts', true, k8s.PatchStrategy.ServerSideApply);
  await report(service);
}

async function report(service: Service): Promise<void> {
  const { name, namespace } = identityOf(service);
  const observedGeneration = service.metadata?.generation ?? 0;
  const { status } = service;
  if (status?.observedGeneration === observedGeneration && status.conditions?.[0]?.status === 'True') return;
  const condition = {
    type: 'Ready',
    status: 'True',
    reason: 'Reconciled',
    message: '8 children applied',
    observedGeneration,
    lastTransitionTime: `${new Date().toISOString().slice(0, 19)}Z`,
  };
  await custom.patchNamespacedCustomObjectStatus(
    { ...KIND, namespace, name, body: { status: { observedGeneration, conditions: [condition] } } },
    k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch),
  );
}

function enqueue(key: string): void {
  queued.add(key);
  pump();
}

function pump(): void {
  for (const key of queued) {
    if (busy.size >= WORKERS) return;
    if (!busy.has(key)) void run(key);
  }
}

async function run(key: string): Promise<void> {
  queued.delete(key);
  busy.add(key);
  try {
    await reconcile(key);
  } catch (error) {
    console.error(key, String(error).slice(0, 300));
    setTimeout(() => {
      enqueue(key);
    }, 1_000);
  } finally {
    busy.delete(key);
    pump();
  }
}

const informer = k8s.makeInformer<Service>(
  config,
  `/apis/${KIND.group}/${KIND.version}/${KIND.plural}`,
  async () => (await custom.listClusterCustomObject(KIND)) as k8s.KubernetesListObject<Service>,
);
const take = (service: Service): void => {
  const { namespace, name } = identityOf(service);
  cache.set(`${namespace}/${name}`, service);
  enqueue(`${namespace}/${name}`);
};
informer.on('add', take);
informer.on('update', take);
informer.on('delete', (service) => {
  const { namespace, name } = identityOf(service);
  cache.delete(`${namespace}/${name}`);
});
informer.on('error', (error) => {
  console.error('informer', String(error));
  setTimeout(() => void informer.start(), 1_000);
});
await informer.start();
