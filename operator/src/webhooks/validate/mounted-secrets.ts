import { healthcareServices, type HealthcareService } from '../../api/healthcareservice.ts';
import type { Owner } from '../../names/child-names.ts';
import { secretNames, withheldSecrets } from '../../names/withheld-secrets.ts';
import { keyOf } from '../../runtime/keys.ts';
import type { Finding, OtherObjects } from './rule.ts';

/** `spec.secrets` of a service must not name Secrets that the operator makes for other objects. */
export function mountedSecrets(service: HealthcareService, others: OtherObjects): Finding[] {
  return withheldSecrets(service, others).map(({ index, message, owner }) => ({
    effect: 'refuse',
    field: `spec.secrets[${index}].name`,
    message,
    ...(owner === undefined ? {} : { rival: { type: owner.type, key: keyOf(owner.object) } }),
  }));
}

/** A new store or broker must not make a Secret that a service already mounts as its own. */
export function secretsInUse(object: Owner, { services }: OtherObjects): Finding[] {
  const made = new Set(secretNames(object));
  return services.flatMap((service) => {
    const mounted = service.spec.secrets?.find(({ name }) => made.has(name));
    if (mounted === undefined) return [];
    const message = `HealthcareService ${service.metadata.name} mounts the Secret ${mounted.name}, which this object would make: choose another name`;
    const rival = { type: healthcareServices, key: keyOf(service) };
    return [{ effect: 'refuse' as const, field: 'metadata.name', message, rival }];
  });
}
