import { apply, eventually, kubectl, list, type Resource } from '../../src/cluster.ts';
import { isReady } from '../../src/pods.ts';

/** Any image that holds Node: each service's does. */
const IMAGE = 'localhost/careplane/mail-sink:0.1.0';

export const LISTENED = 8080;

/** A program that listens and does nothing else. */
export const LISTENER = `require('node:net').createServer((s) => s.destroy()).listen(${LISTENED}, '0.0.0.0')`;

export interface PodOptions {
  namespace: string;
  name: string;
  labels?: Record<string, string>;
  /** What Node runs. */
  program?: string;
}

/** A pod that PodSecurity `restricted` lets in. */
export function podManifest({ namespace, name, labels = {}, program = LISTENER }: PodOptions): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'main',
          image: IMAGE,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '-e', program],
          // "Running" is said of a program that does not listen yet, and would refuse.
          ...(program === LISTENER
            ? { readinessProbe: { tcpSocket: { port: LISTENED }, periodSeconds: 1 } }
            : {}),
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  });
}

/** Resolves when the pod is Ready: a listener listens then. */
export async function startPod(options: PodOptions): Promise<Resource> {
  await apply(podManifest(options));
  return await eventually(`pod ${options.name} is Ready`, async () => {
    const [pod] = await list(
      `pods`,
      '-n',
      options.namespace,
      `--field-selector=metadata.name=${options.name}`,
    );
    return pod !== undefined && isReady(pod) && pod.status?.podIP !== undefined ? pod : undefined;
  });
}

/** What a pod that has ended printed as JSON. */
export async function lastWords<T>(namespace: string, name: string): Promise<T> {
  return await eventually(`pod ${name} ends`, async () => {
    const [pod] = await list('pods', '-n', namespace, `--field-selector=metadata.name=${name}`);
    if (pod?.status?.phase !== 'Succeeded') return undefined;
    return JSON.parse(await kubectl('logs', '-n', namespace, name)) as T;
  });
}

export async function applyPolicy(
  metadata: { namespace: string; name: string; annotations?: Record<string, string> },
  spec: object,
): Promise<void> {
  await apply(JSON.stringify({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec }));
}
