import { GROUP, VERSION } from '../../api/group.ts';
import { kinds } from '../../api/kinds.ts';
import { labelSelector, type LabelSelector, type Requirement } from './label-selector.ts';

const NAME_LABEL = 'kubernetes.io/metadata.name';

/** What an operator watches. */
export interface Watched {
  /** Empty: all. */
  namespaces: readonly string[];
  /** All of them hold. */
  requirements: readonly Requirement[];
}

/**
 * Selectors of the namespaces that no operator of this kind watches, each namespace in at most one. Pure. Another shard has another
 * value of the same label, so only a namespace without the label is nobody's.
 */
export function unwatchedNamespaces({ namespaces, requirements }: Watched): LabelSelector[] {
  const values = [...namespaces].sort();
  const elsewhere = { matchExpressions: [{ key: NAME_LABEL, operator: 'NotIn', values }] };
  const here = namespaces.length === 0 ? [] : [{ key: NAME_LABEL, operator: 'In', values }];
  const keys = [...new Set(requirements.filter(needsLabel).map(({ key }) => key))];
  const unlabelled = keys.map((key, index) => ({
    matchExpressions: [
      ...here,
      ...keys.slice(0, index).map((earlier) => ({ key: earlier, operator: 'Exists' })),
      { key, operator: 'DoesNotExist' },
    ],
  }));
  return [...(namespaces.length === 0 ? [] : [elsewhere]), ...unlabelled];
}

function needsLabel({ operator }: Requirement): boolean {
  return operator === 'In' || operator === 'Exists';
}

/** Webhooks that warn of new objects in those namespaces. Fail-open: what is not watched is not kept out, either. */
export function unwatchedWebhooks(
  {
    namespaces,
    namespaceSelector = '',
  }: { namespaces: readonly string[]; namespaceSelector?: string | undefined },
  clientConfig: Record<string, unknown>,
): Record<string, unknown>[] {
  const requirements = labelSelector(namespaceSelector).matchExpressions ?? [];
  const rule = {
    apiGroups: [GROUP],
    apiVersions: [VERSION],
    operations: ['CREATE'],
    resources: kinds.map(({ plural }) => plural),
    scope: 'Namespaced',
  };
  return unwatchedNamespaces({ namespaces, requirements }).map((selector, index) => ({
    name: `unwatched-${index}.${GROUP}`,
    clientConfig,
    rules: [rule],
    matchPolicy: 'Equivalent',
    namespaceSelector: selector,
    failurePolicy: 'Ignore',
    sideEffects: 'None',
    timeoutSeconds: 1,
    admissionReviewVersions: ['v1'],
  }));
}
