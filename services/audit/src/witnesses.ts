import type { ServiceContext } from '@careplane/kit';
import type { AuditConfig } from './config.ts';
import { httpWitness } from './log/index.ts';
import type { LogKeys, Witness } from './log/index.ts';

/** The service that cosigns, where a call to it is declared. */
const WITNESS = 'witness';

/** Who cosigns the checkpoints: the service `witness`, when this one declares a call to it. */
export function declaredWitnesses(
  { calls, config, transport }: Pick<ServiceContext<AuditConfig>, 'calls' | 'config' | 'transport'>,
  { signing }: LogKeys,
): Witness[] {
  if (!calls.has(WITNESS)) return [];
  const { WITNESS_KEY: key } = config;
  return [
    httpWitness(WITNESS, calls.url(WITNESS), {
      dispatcher: transport.dispatcher,
      log: signing.verifier,
      ...(key ? { key } : {}),
    }),
  ];
}
