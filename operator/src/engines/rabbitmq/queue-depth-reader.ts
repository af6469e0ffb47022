import { ManagementClient } from './management.ts';
import { queueDepth } from './queue-depth.ts';
import { certificateSecretName } from '../../pki/tls-secret.ts';
import { secretText } from '../../k8s/secret-data.ts';
import type { Context } from '../../runtime/controller.ts';
import { secrets, type Secret } from '../../k8s/types.ts';
import { ADMINISTRATOR, adminSecretName, PORT } from './names.ts';

export interface QueueTarget {
  namespace: string;
  broker: string;
  queue: string;
}

/** Makes the reader of queue depths. It keeps a client for each broker until one fails: then it reads the credentials again. */
export function queueDepthReader(): (target: QueueTarget, context: Pick<Context, 'live'>) => Promise<number> {
  const clients = new Map<string, ManagementClient>();
  return async ({ namespace, broker, queue }, context) => {
    const id = `${namespace}/${broker}`;
    const client = clients.get(id) ?? (await connect(namespace, broker, context));
    clients.set(id, client);
    try {
      return await queueDepth(client, namespace, queue);
    } catch (error) {
      clients.delete(id);
      await client.close();
      throw error;
    }
  };
}

async function connect(
  namespace: string,
  broker: string,
  { live }: Pick<Context, 'live'>,
): Promise<ManagementClient> {
  const admin = await live.get<Secret>(secrets, { namespace, name: adminSecretName(broker) });
  const tls = await live.get<Secret>(secrets, { namespace, name: certificateSecretName(broker) });
  const password = secretText(admin, 'password');
  const ca = secretText(tls, 'ca.crt');
  if (password === undefined || ca === undefined)
    throw new Error(`MessageBroker ${namespace}/${broker} is not set up yet`);
  return new ManagementClient({
    url: `https://${broker}.${namespace}.svc:${PORT.management}`,
    ca,
    username: ADMINISTRATOR,
    password,
  });
}
