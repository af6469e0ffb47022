import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { Finding } from './rule.ts';

/**
 * Names under which Kubernetes itself has what a service would make: its ServiceAccount `default` is that of every pod which
 * names none, and the Service `kubernetes` of the namespace `default` is the API server.
 */
export function reservedNames({ metadata: { name, namespace } }: HealthcareService): Finding[] {
  if (name === 'default')
    return refused('the ServiceAccount default belongs to the namespace: choose another name');
  if (name === 'kubernetes' && namespace === 'default')
    return refused('the Service kubernetes is the API server: choose another name');
  return [];
}

function refused(message: string): Finding[] {
  return [{ effect: 'refuse', field: 'metadata.name', message }];
}
