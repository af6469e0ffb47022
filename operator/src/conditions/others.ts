import { no, passing, unknown, yes, type ConditionEntry } from './entry.ts';

const POLICY = ['ScalingPolicy'];
const STACK = ['ObservabilityStack'];
const TARGET_DOWN = 'docs/operations/runbooks/CareplaneTargetDown.md';

export const scalingPolicyConditions: readonly ConditionEntry[] = [
  {
    type: 'TargetFound',
    kinds: POLICY,
    means: 'Whether the service that is to be scaled exists.',
    reasons: {
      Found: yes('It does.'),
      TargetNotFound: no(
        '`spec.target.service` names no HealthcareService of the namespace.',
        'Create the service, or delete the policy.',
      ),
    },
  },
  {
    type: 'SoleOwner',
    kinds: POLICY,
    means: 'Whether nobody else decides about the replicas. Two owners would fight.',
    reasons: {
      Alone: yes('Nobody else does.'),
      ForeignAutoscaler: no(
        'A HorizontalPodAutoscaler targets the same service, or its Deployment; the policy stands back.',
        'Delete the HorizontalPodAutoscaler, or the policy.',
      ),
      OlderPolicyDecides: no(
        'An older ScalingPolicy has the same target and decides.',
        'Delete one of the two.',
      ),
    },
  },
  {
    type: 'MetricsAvailable',
    kinds: POLICY,
    means: 'Whether every declared trigger can be read.',
    reasons: {
      AllRead: yes('Every one can.'),
      Paused: yes('`spec.pause` is true: the last decision holds.'),
      MetricMissing: no(
        'A figure cannot be read; until it can, nothing is scaled down.',
        'The message names it: is metrics.k8s.io there, does the broker answer?',
      ),
    },
  },
];

export const observabilityStackConditions: readonly ConditionEntry[] = [
  {
    type: 'PrometheusAvailable',
    kinds: STACK,
    means: 'Whether Prometheus runs.',
    reasons: { Running: yes('It does.'), NotReady: passing('Its pod is not ready yet.') },
  },
  {
    type: 'GrafanaAvailable',
    kinds: STACK,
    means: 'Whether Grafana runs, where an image of it is given.',
    reasons: { Running: yes('It does.'), NotReady: passing('Its pod is not ready yet.') },
  },
  {
    type: 'TargetsUp',
    kinds: STACK,
    means: 'Whether everything is scraped that asks for it.',
    reasons: {
      AllScraped: yes('Every pod is.'),
      PrometheusSilent: unknown('Prometheus does not answer yet.'),
      TargetsDown: no(
        'Pods that ask to be scraped are not; the message names them.',
        'Look at Status > Targets in Prometheus for the error.',
        TARGET_DOWN,
      ),
    },
  },
  {
    type: 'RulesLoaded',
    kinds: STACK,
    means: 'Whether every alert rule is loaded and evaluates.',
    reasons: {
      AllLoaded: yes('Every one is.'),
      PrometheusSilent: unknown('Prometheus does not answer yet.'),
      RulesMissing: no('Rule files are not loaded.', 'Read the log of Prometheus: a file may not parse.'),
      RulesFailing: no('Rules do not evaluate.', 'Look at Status > Rules in Prometheus for the error.'),
    },
  },
];
