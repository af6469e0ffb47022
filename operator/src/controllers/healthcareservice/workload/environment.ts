import type { EnvVar } from '../../../k8s/types.ts';
import type { HealthcareService, HealthcareServiceSpec } from '../../../api/healthcareservice.ts';
import { compare } from '../../../k8s/order.ts';
import { BINDING_ROOT } from '../bindings/bindings.ts';
import { callUrl, callVariable, isEncrypted, portNames, type CallAddress } from '../network/call-address.ts';
import { ADMIN_PORT } from '../network/service.ts';
import { imageVersion } from './image-version.ts';
import { shutdownOf } from './shutdown.ts';

/** The environment of a service's container (docs/concepts/contracts.md). It is part of the revision: a change rolls the pods. */
export function environment(service: HealthcareService, calls: readonly CallAddress[]): EnvVar[] {
  const { metadata, spec } = service;
  const given = Object.entries(spec.config ?? {}).map(([name, value]) => ({ name, value: literal(value) }));
  return [
    { name: 'CAREPLANE_SERVICE', value: metadata.name },
    { name: 'CAREPLANE_NAMESPACE', value: metadata.namespace ?? '' },
    { name: 'CAREPLANE_VERSION', value: imageVersion(spec.image) },
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ...(spec.http === undefined ? [] : [{ name: 'PORT', value: String(spec.http.port) }]),
    ...encryption(service),
    { name: 'ADMIN_PORT', value: String(ADMIN_PORT) },
    { name: 'SERVICE_BINDING_ROOT', value: BINDING_ROOT },
    ...shutdownOf(spec).environment,
    // Lists of the spec are sets: their order must not roll the pods.
    ...inOrder(calls.map((call) => ({ name: callVariable(call), value: callUrl(call, metadata.namespace) }))),
    ...inOrder(given),
  ];
}

/** Who is let in at each port: `Mutual` callers with a certificate, `Public` anybody, both over TLS; `Plaintext` anybody without. */
function encryption({ spec }: HealthcareService): EnvVar[] {
  return inOrder(
    portNames(spec).map((portName) => ({
      name: `CAREPLANE_TLS_${portName.replaceAll('-', '_').toUpperCase()}`,
      value: encryptionOf(spec, portName),
    })),
  );
}

function encryptionOf(spec: HealthcareServiceSpec, portName: string): string {
  if (!isEncrypted(spec, portName)) return 'Plaintext';
  return portName === 'http' && spec.http?.expose !== undefined ? 'Public' : 'Mutual';
}

function inOrder(variables: readonly EnvVar[]): EnvVar[] {
  return variables.toSorted((a, b) => compare(a.name, b.name));
}

/** As kubelet hands it over unchanged: it replaces `$(NAME)`, and takes `$$` for a `$`. */
function literal(value: string): string {
  return value.replaceAll('$', () => '$$');
}
