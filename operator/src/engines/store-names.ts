import { LABEL } from '../api/group.ts';
import type { EncryptedStore } from '../api/encryptedstore.ts';
import { ENGINE_PORT } from '../api/ports.ts';
import type { ServerCertificate } from '../pki/server-certificate.ts';
import { podHost, serviceHost, type Zone } from '../k8s/dns-names.ts';

/** Selects the pods of a store; immutable in a StatefulSet, so it never grows. */
export function storeSelector({ metadata }: EncryptedStore): Record<string, string> {
  return { [LABEL.store]: metadata.name };
}

/** What the pods of a store are started anew for. */
export interface StorePods {
  certificate: Pick<ServerCertificate, 'epoch'>;
  /** mongodb: the keyfile. redis: the password of the operator's user. */
  root: string;
}

/** Name of the ConfigMap with the engine's configuration. */
export function configName({ metadata }: EncryptedStore): string {
  return `${metadata.name}-config`;
}

/** Secret with what the data cannot be opened without. */
export function rootSecretName({ metadata, spec }: EncryptedStore): string {
  return `${metadata.name}-${spec.engine === 'mongodb' ? 'keyfile' : 'admin'}`;
}

/** The entry of that Secret. */
export function rootSecretEntry({ spec }: EncryptedStore): string {
  return spec.engine === 'mongodb' ? 'keyfile' : 'password';
}

/** Host of a mongodb member. */
export function memberHost({ metadata }: EncryptedStore, index: number, zone: Zone): string {
  return podHost(metadata.name, index, metadata.name, zone);
}

/** `host:port` of a mongodb member, by which the members know each other and clients find them. */
export function memberAddress(store: EncryptedStore, index: number, zone: Zone): string {
  return `${memberHost(store, index, zone)}:${ENGINE_PORT.mongodb}`;
}

/** Host of the one redis server. */
export function redisHost({ metadata }: EncryptedStore, zone: Zone): string {
  return serviceHost(metadata.name, zone);
}
