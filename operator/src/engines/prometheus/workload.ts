import type { ObservabilityStack } from '../../api/observabilitystack.ts';
import { digest } from '../../runtime/apply/digest.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import { imagePullSecrets } from '../../k8s/image-pull-secrets.ts';
import { containerSecurity, podSecurity } from '../../k8s/pod-security.ts';
import { digestAnnotation } from '../../k8s/members-current.ts';
import { dataClaim } from '../../k8s/stateful-set.ts';
import {
  DATA_MOUNT,
  dataMount,
  guarded,
  proofContainer,
  proofEnvironment,
  type ProofImage,
} from '../data-volume.ts';
import { clientService } from '../../k8s/services.ts';
import { schedulingOf } from '../../k8s/scheduling.ts';
import { containerResources } from '../../k8s/resources.ts';
import { PROMETHEUS_PORT, partName, partSelector, podLabels } from './names.ts';

/** The `nobody` user of the official image. */
const USER = 65534;
const DEFAULTS = { cpuRequest: '50m', memoryRequest: '128Mi', memoryLimit: '512Mi' } as const;

export const DATA_DIRECTORY = DATA_MOUNT;

export interface PrometheusChoices extends ProofImage {
  imagePullSecrets: readonly string[];
  /** Its configuration and rules; a change of them restarts Prometheus, since mounted files come late and unannounced. */
  files: readonly AnyObject[];
}

/** One Prometheus with its data on a volume. It restarts from its write-ahead log within seconds. */
export function prometheusStatefulSet(stack: ObservabilityStack, choices: PrometheusChoices): AnyObject {
  const name = partName(stack, 'prometheus');
  const annotations = { 'careplane.dev/config': digest(choices.files) };
  const spec = {
    replicas: 1,
    serviceName: name,
    selector: { matchLabels: partSelector(stack, 'prometheus') },
    template: {
      metadata: { labels: podLabels(stack, 'prometheus'), annotations },
      spec: podSpec(stack, choices),
    },
    volumeClaimTemplates: [dataClaim(stack.spec.storage)],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, annotations: digestAnnotation(spec) },
    spec,
  };
}

function podSpec(stack: ObservabilityStack, choices: PrometheusChoices): Record<string, unknown> {
  const name = partName(stack, 'prometheus');
  return {
    serviceAccountName: name,
    ...imagePullSecrets(choices.imagePullSecrets, stack.spec.imagePullSecrets),
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 60,
    securityContext: podSecurity(USER),
    ...schedulingOf(stack.spec, partSelector(stack, 'prometheus')),
    initContainers: [proofContainer(DATA_DIRECTORY, choices)],
    containers: [container(stack, choices)],
    volumes: [
      { name: 'config', configMap: { name } },
      { name: 'rules', configMap: { name: `${stack.metadata.name}-rules` } },
    ],
  };
}

function container(stack: ObservabilityStack, choices: PrometheusChoices): Record<string, unknown> {
  return {
    name: 'prometheus',
    image: choices.image,
    imagePullPolicy: choices.imagePullPolicy,
    ...guarded(
      'prometheus',
      '--config.file=/etc/prometheus/prometheus.yml',
      `--storage.tsdb.path=${DATA_DIRECTORY}`,
      `--storage.tsdb.retention.time=${stack.spec.retention}`,
      `--web.listen-address=:${PROMETHEUS_PORT}`,
    ),
    env: proofEnvironment(DATA_DIRECTORY),
    ports: [{ name: 'http', containerPort: PROMETHEUS_PORT, protocol: 'TCP' }],
    resources: containerResources(stack.spec.resources, DEFAULTS),
    securityContext: containerSecurity,
    // A long write-ahead log takes its time to be replayed.
    startupProbe: probe('/-/ready', { periodSeconds: 2, failureThreshold: 150 }),
    readinessProbe: probe('/-/ready', { periodSeconds: 5, failureThreshold: 3 }),
    livenessProbe: probe('/-/healthy', { periodSeconds: 15, failureThreshold: 4 }),
    volumeMounts: [
      dataMount,
      { name: 'config', mountPath: '/etc/prometheus' },
      { name: 'rules', mountPath: '/etc/prometheus/rules' },
    ],
  };
}

function probe(path: string, timing: Record<string, number>): Record<string, unknown> {
  return { httpGet: { path, port: 'http' }, timeoutSeconds: 3, ...timing };
}

export function prometheusService(stack: ObservabilityStack): AnyObject {
  const ports = [{ name: 'http', port: PROMETHEUS_PORT }];
  return clientService(partName(stack, 'prometheus'), partSelector(stack, 'prometheus'), ports);
}
