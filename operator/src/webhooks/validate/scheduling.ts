import { isLabelKey } from '../../api/labels.ts';
import type { Scheduling } from '../../api/scheduling.ts';
import type { Finding } from './rule.ts';

type Affinity = NonNullable<Scheduling['affinity']>;
type NodeTerm = NonNullable<
  NonNullable<Affinity['nodeAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>['nodeSelectorTerms'][number];
type PodAffinity = NonNullable<Affinity['podAffinity']>;
type PodTerm = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number];
type Toleration = NonNullable<Scheduling['tolerations']>[number];

/** A label and what it is compared with, of nodes or of pods. */
interface Requirement {
  operator: string;
  values?: readonly string[] | undefined;
}

/** A field and what is wrong with it. */
type Problem = readonly [field: string, message: string];

/**
 * Where pods may run, as far as the API server would refuse it in the pods and the schema of the field alone cannot: rules between
 * fields in lists of lists cost more than a CRD may. Pure.
 * https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/apis/core/validation/validation.go
 */
export function scheduling({ spec }: { spec: Scheduling }): Finding[] {
  const { nodeSelector, tolerations = [], topologySpreadConstraints = [], affinity = {} } = spec;
  const problems = [
    ...keyProblems(nodeSelector, 'spec.nodeSelector'),
    ...tolerations.flatMap((one, index) => tolerationProblems(one, `spec.tolerations[${index}]`)),
    ...spreadProblems(topologySpreadConstraints),
    ...nodeAffinityProblems(affinity.nodeAffinity),
    ...podAffinityProblems(affinity.podAffinity, 'spec.affinity.podAffinity'),
    ...podAffinityProblems(affinity.podAntiAffinity, 'spec.affinity.podAntiAffinity'),
  ];
  return problems.map(([field, message]) => ({ effect: 'refuse', field, message }));
}

function keyProblems(labels: Readonly<Record<string, string>> = {}, field: string): Problem[] {
  return Object.keys(labels)
    .filter((key) => !isLabelKey(key))
    .map((key) => [`${field}.${key}`, `${JSON.stringify(key)} is no key of a label`]);
}

function tolerationProblems(
  { key, operator = 'Equal', value = '', effect, tolerationSeconds }: Toleration,
  field: string,
): Problem[] {
  const problems: Problem[] = [];
  if (key === undefined && operator !== 'Exists')
    problems.push([`${field}.operator`, 'without a key only Exists fits']);
  if (operator === 'Exists' && value !== '')
    problems.push([`${field}.value`, 'Exists compares with nothing: leave the value out']);
  if (tolerationSeconds !== undefined && effect !== 'NoExecute')
    problems.push([`${field}.tolerationSeconds`, 'only the effect NoExecute is borne for a time']);
  return problems;
}

function spreadProblems(spreads: NonNullable<Scheduling['topologySpreadConstraints']>): Problem[] {
  const placeOf = (index: number): string =>
    `${spreads[index]?.topologyKey ?? ''} ${spreads[index]?.whenUnsatisfiable ?? ''}`;
  return spreads.flatMap(({ minDomains, whenUnsatisfiable }, index): Problem[] => {
    const field = `spec.topologySpreadConstraints[${index}]`;
    const isTwice = spreads.some((_, other) => other < index && placeOf(other) === placeOf(index));
    const isLoose = minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule';
    return [
      ...(isTwice ? [[field, 'the same topologyKey and whenUnsatisfiable are there before'] as const] : []),
      ...(isLoose ? [[`${field}.minDomains`, 'it is for DoNotSchedule only'] as const] : []),
    ];
  });
}

function nodeAffinityProblems(affinity: Affinity['nodeAffinity'] = {}): Problem[] {
  const field = 'spec.affinity.nodeAffinity';
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
  } = affinity;
  const terms = `${field}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  const better = `${field}.preferredDuringSchedulingIgnoredDuringExecution`;
  return [
    ...(required?.nodeSelectorTerms ?? []).flatMap((term, index) =>
      nodeTermProblems(term, `${terms}[${index}]`),
    ),
    ...preferred.flatMap(({ preference }, index) =>
      nodeTermProblems(preference, `${better}[${index}].preference`),
    ),
  ];
}

function nodeTermProblems({ matchExpressions = [] }: NodeTerm, field: string): Problem[] {
  return requirementProblems(matchExpressions, `${field}.matchExpressions`);
}

function podAffinityProblems(affinity: PodAffinity | undefined, field: string): Problem[] {
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required = [],
    preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
  } = affinity ?? {};
  const better = `${field}.preferredDuringSchedulingIgnoredDuringExecution`;
  return [
    ...required.flatMap((term, index) =>
      podTermProblems(term, `${field}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`),
    ),
    ...preferred.flatMap(({ podAffinityTerm }, index) =>
      podTermProblems(podAffinityTerm, `${better}[${index}].podAffinityTerm`),
    ),
  ];
}

function podTermProblems({ labelSelector = {} }: PodTerm, field: string): Problem[] {
  const { matchLabels, matchExpressions = [] } = labelSelector;
  return [
    ...keyProblems(matchLabels, `${field}.labelSelector.matchLabels`),
    ...requirementProblems(matchExpressions, `${field}.labelSelector.matchExpressions`),
  ];
}

function requirementProblems(requirements: readonly Requirement[], field: string): Problem[] {
  return requirements.flatMap((requirement, index): Problem[] => {
    const message = valuesProblem(requirement);
    return message === undefined ? [] : [[`${field}[${index}].values`, message]];
  });
}

type Check = readonly [fits: (values: readonly string[]) => boolean, message: string];

const SOME: Check = [({ length }) => length > 0, 'compares with one value at least'];
const NONE: Check = [({ length }) => length === 0, 'compares with nothing: leave the values out'];
const NUMBER: Check = [
  ([value = '', ...others]) => others.length === 0 && /^-?[0-9]{1,15}$/.test(value),
  'compares with one whole number',
];

/** What an operator takes. */
const VALUES: Readonly<Record<string, Check>> = {
  In: SOME,
  NotIn: SOME,
  Exists: NONE,
  DoesNotExist: NONE,
  Gt: NUMBER,
  Lt: NUMBER,
};

function valuesProblem({ operator, values = [] }: Requirement): string | undefined {
  const [fits, message] = VALUES[operator] ?? NONE;
  return fits(values) ? undefined : `${operator} ${message}`;
}
