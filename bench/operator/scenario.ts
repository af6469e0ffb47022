/** The load: a kind, one object of it, and the field that a single change sets. */
export interface Scenario {
  /** Folder or file of the CRDs, below the checkout. */
  crds: string;
  group: string;
  version: string;
  plural: string;
  object: object;
  change: readonly string[];
  changeAsText: boolean;
  /** Children of each object, for the figures. */
  children: number;
  controllerManagerFlags: readonly string[];
}

/** The kind of the peers. */
export const BENCH: Scenario = {
  crds: 'bench/operator/peers',
  group: 'bench.example',
  version: 'v1',
  plural: 'healthservices',
  object: {
    apiVersion: 'bench.example/v1',
    kind: 'HealthService',
    spec: { image: 'registry.example/app:1', replicas: 0, port: 8080 },
  },
  change: ['spec', 'port'],
  changeAsText: false,
  children: 8,
  controllerManagerFlags: [],
};

/** Careplane's own kind, reconciled by the whole operator. */
export const HEALTHCARE: Scenario = {
  crds: 'crds',
  group: 'careplane.dev',
  version: 'v1alpha1',
  plural: 'healthcareservices',
  object: {
    apiVersion: 'careplane.dev/v1alpha1',
    kind: 'HealthcareService',
    spec: {
      image: 'registry.example/app:1',
      role: 'api',
      dataClass: 'operational',
      replicas: 0,
      http: { port: 8080 },
      config: { ROUND: '0' },
    },
  },
  change: ['spec', 'config', 'ROUND'],
  changeAsText: true,
  children: 8,
  // Ready waits for the Deployments' status, which their controller writes at 20 requests a second by default.
  controllerManagerFlags: [
    '--kube-api-qps=1000',
    '--kube-api-burst=1000',
    '--concurrent-deployment-syncs=10',
  ],
};
