import type { HealthcareService } from '../../api/healthcareservice.ts';
import { reservedName } from '../../names/reserved-name.ts';
import type { Finding } from './rule.ts';

/** A service must not make what Kubernetes itself has under its name. */
export function reservedNames({ metadata }: HealthcareService): Finding[] {
  const message = reservedName(metadata);
  return message === undefined ? [] : [{ effect: 'refuse', field: 'metadata.name', message }];
}
