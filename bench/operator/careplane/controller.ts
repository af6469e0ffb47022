import type {
  AnyController,
  AnyObject,
  CustomObject,
  OwnedType,
  Plan,
  ResourceType,
} from '@careplane/operator';

/** The kind that every contestant reconciles: see ../peers/crd.yaml. */
export type HealthService = CustomObject<{ image: string; replicas: number; port: number }>;

const healthServices: ResourceType<HealthService> = {
  apiVersion: 'bench.example/v1',
  kind: 'HealthService',
  plural: 'healthservices',
  namespaced: true,
};

const RBAC = 'rbac.authorization.k8s.io';

/** No controller reads their content from the cache. */
const OWNS: readonly OwnedType[] = [
  ['v1', 'ServiceAccount', 'serviceaccounts'],
  ['v1', 'ConfigMap', 'configmaps'],
  [`${RBAC}/v1`, 'Role', 'roles'],
  [`${RBAC}/v1`, 'RoleBinding', 'rolebindings'],
  ['apps/v1', 'Deployment', 'deployments'],
  ['v1', 'Service', 'services'],
  ['policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'],
  ['networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'],
].map(([apiVersion = '', kind = '', plural = '']) => ({
  apiVersion,
  kind,
  plural,
  namespaced: true,
  metadataOnly: true,
}));

/** Makes the same eight children as the peers, with Careplane's machinery. */
export function healthServiceController(): AnyController {
  return {
    type: healthServices,
    owns: OWNS,
    conditions: [],
    observe: () => Promise.resolve(undefined),
    plan: (object) => plan(object as HealthService),
  };
}

function plan(service: HealthService): Plan {
  return {
    children: childrenOf(service),
    conditions: [{ type: 'Applied', status: 'True', reason: 'Reconciled', message: '8 children applied' }],
  };
}

function childrenOf({ metadata, spec }: HealthService): AnyObject[] {
  const { name, namespace = '' } = metadata;
  const { image, replicas, port } = spec;
  const labels = { app: name };
  const selector = { matchLabels: labels };
  const roleRef = { apiGroup: RBAC, kind: 'Role', name };
  const rule = { apiGroups: [''], resources: ['configmaps'], verbs: ['get'], resourceNames: [name] };
  const child = (apiVersion: string, kind: string, rest: object): AnyObject => ({
    apiVersion,
    kind,
    metadata: { name, labels },
    ...rest,
  });
  return [
    child('v1', 'ServiceAccount', { automountServiceAccountToken: false }),
    child('v1', 'ConfigMap', { data: { 'config.yaml': `image: ${image}\nport: ${port}\n` } }),
    child(`${RBAC}/v1`, 'Role', { rules: [rule] }),
    child(`${RBAC}/v1`, 'RoleBinding', { roleRef, subjects: [{ kind: 'ServiceAccount', name, namespace }] }),
    child('apps/v1', 'Deployment', {
      spec: {
        replicas,
        selector,
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            containers: [{ name: 'main', image, ports: [{ name: 'http', containerPort: port }] }],
          },
        },
      },
    }),
    child('v1', 'Service', {
      spec: { selector: labels, ports: [{ name: 'http', port, targetPort: 'http' }] },
    }),
    child('policy/v1', 'PodDisruptionBudget', { spec: { maxUnavailable: 1, selector } }),
    child('networking.k8s.io/v1', 'NetworkPolicy', {
      spec: {
        podSelector: selector,
        policyTypes: ['Ingress'],
        ingress: [{ ports: [{ port, protocol: 'TCP' }] }],
      },
    }),
  ];
}
