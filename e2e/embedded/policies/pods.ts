import { apply, eventually, kubectl, list, type Resource } from '../../src/cluster.ts';
import { isReady } from '../../src/pods.ts';

/** Any image with Node: all services have it. */
const IMAGE = 'localhost/careplane/mail-sink:0.1.0';

export const LISTENED = 8080;

/** A program that only listens. */
export const LISTENER = `require('node:net').createServer((s) => s.destroy()).listen(${LISTENED}, '0.0.0.0')`;

export interface PodOptions {
  namespace: string;
  name: string;
  labels?: Record<string, string>;
  /** The program for `node -e`. */
  program?: string;
}

/** A pod that PodSecurity `restricted` admits. */
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
          // A pod is Running before its program listens, and would refuse connections.
          ...(program === LISTENER
            ? { readinessProbe: { tcpSocket: { port: LISTENED }, periodSeconds: 1 } }
            : {}),
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  });
}

/** Resolves when the pod is Ready, so that a listener listens. */
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

/** The JSON output of a pod that has ended. */
export async function outputOf<T>(namespace: string, name: string): Promise<T> {
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
