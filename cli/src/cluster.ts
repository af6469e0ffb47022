import { KubeClient } from '@careplane/operator/runtime/client/client';
import { inClusterCredentials, kubeconfigCredentials } from '@careplane/operator/runtime/client/credentials';
import type { Credentials } from '@careplane/operator/runtime/client/credentials';
import { Transport } from '@careplane/operator/runtime/client/transport';
import { commandClock as clock } from '@careplane/operator/runtime/clock';
import { chooseContext, type ClusterOptions } from './kubeconfig.ts';
import type { Terminal } from './terminal.ts';
import { VERSION } from './version.ts';

/** The name under which the API server's audit log has us. */
export const USER_AGENT = `careplane-cli/${VERSION}`;

/** A cluster that is only ever read. */
export interface Cluster {
  /** Refuses every write before it is sent, but for dry runs: no command of this program changes the cluster. */
  client: KubeClient;
  transport: Transport;
  /** `-n`, else what the context prefers. */
  namespace: string;
  server: string;
  close(): Promise<void>;
}

/** Connects as kubectl would; inside a pod without a kubeconfig, as its ServiceAccount. */
export async function connect(options: ClusterOptions, terminal: Terminal): Promise<Cluster> {
  const { credentials, namespace } = await credentialsOf(options, terminal.env);
  const transport = new Transport({
    credentials,
    clock,
    random: Math.random,
    userAgent: USER_AGENT,
  });
  return {
    client: new KubeClient(transport).fenced(() => 0),
    transport,
    namespace,
    server: credentials.server,
    close: () => transport.close(),
  };
}

async function credentialsOf(
  options: ClusterOptions,
  env: Terminal['env'],
): Promise<{ credentials: Credentials; namespace: string }> {
  const isInPod =
    options.kubeconfig === undefined &&
    env['KUBECONFIG'] === undefined &&
    env['KUBERNETES_SERVICE_HOST'] !== undefined;
  if (isInPod)
    return {
      credentials: await inClusterCredentials({ clock, env: { ...env } }),
      namespace: options.namespace ?? env['POD_NAMESPACE'] ?? 'default',
    };
  const { path, name, namespace } = await chooseContext(options, env);
  return { credentials: await kubeconfigCredentials(path, clock, name), namespace };
}
