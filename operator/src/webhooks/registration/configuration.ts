import { GROUP, VERSION } from '../../api/group.ts';
import { kinds } from '../../api/kinds.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import { labelSelector, type LabelSelector } from './label-selector.ts';
import { unwatchedWebhooks } from './unwatched.ts';

/** Where the API server finds the webhooks: a Service in the cluster, or (an operator outside of it, tests) an address. */
export type WebhookAddress = { service: { namespace: string; name: string } } | { url: string };

export interface Registration {
  /** Name of the ValidatingWebhookConfiguration, which the chart makes (empty) and takes away. */
  name: string;
  address: WebhookAddress;
  /** PEM of the authorities that sign our certificate. */
  bundle: string;
  /** The operator's own user at the API server. */
  username: string;
  /** The operator's own, where it asks through the API server whether the webhooks are reached. */
  namespace: string;
  /** Namespaces that are watched; empty: all. The operator caches no others and validates nothing in them. */
  namespaces: readonly string[];
  /** Label selector over namespaces (a shard's), as in `kubectl -l`. */
  namespaceSelector?: string | undefined;
}

/** What the API server calls the webhook when it refuses. */
export const WEBHOOK_NAME = `validate.${GROUP}`;

/** What it calls the one that only the operator's own probe goes through. */
export const PROBE_NAME = `probe.${GROUP}`;

/** On the object of the probe, with the name of the configuration. */
export const PROBE_LABEL = `${GROUP}/webhook-probe`;

/** Longest time in seconds that a user waits for an answer. */
const TIMEOUT_SECONDS = 5;
const PROBE_TIMEOUT_SECONDS = 3;

/** `clientConfig` for one path, as in webhook configurations and in the conversion of a CRD. */
function clientConfig(
  address: WebhookAddress,
  path: string,
  bundle: string | undefined,
): Record<string, unknown> {
  const target =
    'url' in address
      ? { url: `${address.url}${path}` }
      : { service: { ...address.service, path, port: 443 } };
  return bundle === undefined ? target : { ...target, caBundle: Buffer.from(bundle).toString('base64') };
}

/** `spec.conversion` of a CRD with several versions. With the default `None`, renamed fields would be lost. */
export function conversionByWebhook(address: WebhookAddress, bundle?: string): Record<string, unknown> {
  const client = clientConfig(address, '/convert', bundle);
  return { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: client } };
}

/** What the operator owns of the configuration: the probe always, and what judges users' objects while it is reached. */
export function webhookConfiguration(
  registration: Registration,
  { isReached }: { isReached: boolean },
): AnyObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: registration.name },
    webhooks: [...(isReached ? reached(registration) : []), probe(registration)],
  };
}

/** What judges users' objects, and what warns of those that nobody watches. */
function reached(registration: Registration): Record<string, unknown>[] {
  const { address, bundle } = registration;
  const unwatched = unwatchedWebhooks(registration, clientConfig(address, '/unwatched', bundle));
  return [validation(registration), ...unwatched];
}

/**
 * Fail-closed for the objects that users write, and for nothing else: no deletions, no statuses, no metadata alone, not for the
 * operator itself.
 */
function validation(registration: Registration): Record<string, unknown> {
  const { address, bundle, username } = registration;
  return {
    name: WEBHOOK_NAME,
    clientConfig: clientConfig(address, '/validate', bundle),
    rules: [
      {
        apiGroups: [GROUP],
        apiVersions: [VERSION],
        operations: ['CREATE', 'UPDATE'],
        resources: kinds.map(({ plural }) => plural),
        scope: 'Namespaced',
      },
    ],
    matchPolicy: 'Equivalent',
    namespaceSelector: watchedNamespaces(registration),
    matchConditions: [
      { name: 'is-staying', expression: '!has(object.metadata.deletionTimestamp)' },
      {
        name: 'changes-the-spec',
        expression: "request.operation == 'CREATE' || object.spec != oldObject.spec",
      },
      {
        name: 'is-not-by-the-operator',
        expression: `request.userInfo.username != ${JSON.stringify(username)}`,
      },
    ],
    failurePolicy: 'Fail',
    sideEffects: 'None',
    timeoutSeconds: TIMEOUT_SECONDS,
    admissionReviewVersions: ['v1'],
  };
}

/** Fail-closed, so that the API server tells when it cannot be called; for one object that only the operator tries to make. */
function probe({ name, address, bundle, username, namespace }: Registration): Record<string, unknown> {
  const own = { key: 'kubernetes.io/metadata.name', operator: 'In', values: [namespace] };
  const isOurs = `request.userInfo.username == ${JSON.stringify(username)}`;
  return {
    name: PROBE_NAME,
    clientConfig: clientConfig(address, '/probe', bundle),
    rules: [
      {
        apiGroups: ['coordination.k8s.io'],
        apiVersions: ['v1'],
        operations: ['CREATE'],
        resources: ['leases'],
        scope: 'Namespaced',
      },
    ],
    matchPolicy: 'Equivalent',
    namespaceSelector: { matchExpressions: [own] },
    objectSelector: { matchLabels: { [PROBE_LABEL]: name } },
    matchConditions: [{ name: 'is-by-the-operator', expression: isOurs }],
    failurePolicy: 'Fail',
    sideEffects: 'None',
    timeoutSeconds: PROBE_TIMEOUT_SECONDS,
    admissionReviewVersions: ['v1'],
  };
}

function watchedNamespaces({ namespaces, namespaceSelector = '' }: Registration): LabelSelector {
  const named = { key: 'kubernetes.io/metadata.name', operator: 'In', values: [...namespaces].sort() };
  const selected = labelSelector(namespaceSelector).matchExpressions ?? [];
  const matchExpressions = [...(namespaces.length === 0 ? [] : [named]), ...selected];
  return matchExpressions.length === 0 ? {} : { matchExpressions };
}
