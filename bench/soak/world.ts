import type { Random } from './random.ts';

/** The objects that the soak's users declare. */

const GROUP = '/apis/careplane.dev/v1alpha1';
export const NAMESPACES = ['soak-a', 'soak-b', 'soak-c', 'soak-d'] as const;
export const SERVICES_PER_NAMESPACE = 12;

export interface Declared {
  path: string;
  object: { apiVersion: string; kind: string; metadata: { name: string }; spec: object };
}

function declared(namespace: string, kind: string, name: string, spec: object): Declared {
  const plural = kind === 'ScalingPolicy' ? 'scalingpolicies' : `${kind.toLowerCase()}s`;
  const object = { apiVersion: 'careplane.dev/v1alpha1', kind, metadata: { name }, spec };
  return { path: `${GROUP}/namespaces/${namespace}/${plural}/${name}`, object };
}

function serviceName(index: number): string {
  return `svc-${index}`;
}

/** A service with random image, config and edges; the same draw gives the same service. */
export function service(namespace: string, index: number, random: Random): Declared {
  const others = [1, 2, 5].map((step) => serviceName((index + step) % SERVICES_PER_NAMESPACE));
  const isUsing = random.next() < 0.5;
  return declared(namespace, 'HealthcareService', serviceName(index), {
    image: `localhost/careplane/app:0.${random.below(50)}.0`,
    role: 'api',
    dataClass: 'operational',
    replicas: random.below(2),
    http: { port: 8080 },
    config: { ROUND: String(random.below(1_000)) },
    calls: others.slice(0, random.below(4)).map((name) => ({ service: name })),
    stores: isUsing ? [{ store: 'soak-db' }] : [],
    publishes: random.next() < 0.5 ? [{ event: 'soak.happened' }] : [],
  });
}

/** All objects apart from the services. */
export function surroundings(namespace: string): Declared[] {
  const storage = { size: '1Gi' };
  return [
    declared(namespace, 'EncryptedStore', 'soak-db', { engine: 'mongodb', storage }),
    declared(namespace, 'EncryptedStore', 'soak-cache', { engine: 'redis', storage }),
    declared(namespace, 'MessageBroker', 'soak-broker', { storage }),
    declared(namespace, 'ObservabilityStack', 'soak-observability', {
      retention: '7d',
      storage,
    }),
    declared(namespace, 'ScalingPolicy', 'soak-policy', {
      target: { service: serviceName(0) },
      min: 1,
      max: 3,
      cpu: { utilization: 70 },
    }),
  ];
}
