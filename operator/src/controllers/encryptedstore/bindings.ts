import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import { REPLICA_SET } from '../../engines/mongodb/replica-set.ts';
import type { Zone } from '../../k8s/dns-names.ts';
import { bindingSecret } from '../../k8s/generated-text.ts';
import { bindingSecretName } from '../../names/service-names.ts';
import type { Child } from '../../k8s/types.ts';
import { memberAddress, redisHost } from '../../engines/store-names.ts';

export interface Login {
  service: string;
  password: string;
}

/** The Secret that a service finds as `/bindings/<store>` (docs/concepts/contracts.md). */
export function storeBinding(store: EncryptedStore, login: Login, ca: string, zone: Zone): Child {
  const name = bindingSecretName(login.service, store.metadata.name);
  const entries =
    store.spec.engine === 'mongodb' ? mongodbEntries(store, login, zone) : redisEntries(store, login, zone);
  return bindingSecret(name, store.spec.engine, { ...entries, 'ca.crt': ca });
}

function mongodbEntries(
  store: EncryptedStore,
  { service, password }: Login,
  zone: Zone,
): Record<string, string> {
  const members = Array.from({ length: store.spec.members }, (_, index) => memberAddress(store, index, zone));
  const query = new URLSearchParams({
    replicaSet: REPLICA_SET,
    tls: 'true',
    authSource: service,
    w: 'majority',
  });
  const uri = `mongodb://${service}:${password}@${members.join(',')}/${service}?${query.toString()}`;
  return { uri, username: service, password, database: service };
}

function redisEntries(
  store: EncryptedStore,
  { service, password }: Login,
  zone: Zone,
): Record<string, string> {
  const host = redisHost(store, zone);
  const port = String(ENGINE_PORT.redis);
  const uri = `rediss://${service}:${password}@${host}:${port}`;
  return { host, port, username: service, password, 'key-prefix': `${service}:`, uri };
}
