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
  /** Namespaces that are watched; empty: all. The operator caches no others and validates nothing in them. */
  namespaces: readonly string[];
  /** Label selector over namespaces (a shard's), as in `kubectl -l`. */
  namespaceSelector?: string | undefined;
}

/** What the API server calls the webhook when it refuses. */
export const WEBHOOK_NAME = `validate.${GROUP}`;

/** Longest time in seconds that a user waits for an answer. */
const TIMEOUT_SECONDS = 5;

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

/**
 * What the operator owns of the configuration. Fail-closed for the objects that users write, and for nothing else: no deletions,
 * no statuses, no metadata alone, not for the operator itself.
 */
export function webhookConfiguration(registration: Registration): AnyObject {
  const { name, address, bundle, username } = registration;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
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
      },
      ...unwatchedWebhooks(registration, clientConfig(address, '/unwatched', bundle)),
    ],
  };
}

function watchedNamespaces({ namespaces, namespaceSelector = '' }: Registration): LabelSelector {
  const named = { key: 'kubernetes.io/metadata.name', operator: 'In', values: [...namespaces].sort() };
  const selected = labelSelector(namespaceSelector).matchExpressions ?? [];
  const matchExpressions = [...(namespaces.length === 0 ? [] : [named]), ...selected];
  return matchExpressions.length === 0 ? {} : { matchExpressions };
}
