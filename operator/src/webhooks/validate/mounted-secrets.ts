import { healthcareServices, type HealthcareService } from '../../api/healthcareservice.ts';
import type { Owner } from '../../names/child-names.ts';
import { namedSecrets, secretNames, withheldSecrets } from '../../names/withheld-secrets.ts';
import { keyOf } from '../../runtime/keys.ts';
import type { Finding, OtherObjects } from './rule.ts';

/** A service must not name Secrets that the operator makes for other objects. */
export function mountedSecrets(service: HealthcareService, others: OtherObjects): Finding[] {
  return withheldSecrets(service, others).map(({ field, message, owner }) => ({
    effect: 'refuse',
    field,
    message,
    ...(owner === undefined ? {} : { rival: { type: owner.type, key: keyOf(owner.object) } }),
  }));
}

/** A new store or broker must not make a Secret that a service already mounts as its own. */
export function secretsInUse(object: Owner, { services }: OtherObjects): Finding[] {
  const made = new Set(secretNames(object));
  return services.flatMap((service) => {
    const mounted = namedSecrets(service.spec).find(({ name }) => made.has(name));
    if (mounted === undefined) return [];
    const message = `HealthcareService ${service.metadata.name} mounts the Secret ${mounted.name}, which this object would make: choose another name`;
    const rival = { type: healthcareServices, key: keyOf(service) };
    return [{ effect: 'refuse' as const, field: 'metadata.name', message, rival }];
  });
}
