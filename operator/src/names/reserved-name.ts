import {
  isReserved,
  RESERVED_NAMES,
  reservedMessage,
  type AccountEngine,
  type ReservedName,
} from '../api/reserved-names.ts';
import type { KubeObject } from '../runtime/kube.ts';

/** Why an object cannot have its name. */
export function reservedName({
  kind,
  metadata: { name, namespace },
}: Pick<KubeObject, 'kind' | 'metadata'>): ReservedName | undefined {
  return RESERVED_NAMES.find(
    (reserved) =>
      reserved.kinds.includes(kind) &&
      (reserved.namespace === undefined || reserved.namespace === namespace) &&
      isReserved(reserved, name),
  );
}

/** The reserved name that keeps a service from an account at the engine: it would be the engine's or the operator's own. */
export function reservedAccount(engine: AccountEngine, service: string): ReservedName | undefined {
  return RESERVED_NAMES.find(
    (reserved) => reserved.accounts.includes(engine) && isReserved(reserved, service),
  );
}

/** Why a service gets no account at a store or broker (`EncryptedStore db`), for people. */
export function withheldAccount(
  engine: AccountEngine,
  service: string,
  provider: string,
): string | undefined {
  const reserved = reservedAccount(engine, service);
  return reserved && `no account at ${provider} for a service ${service}: ${reservedMessage(reserved)}`;
}
