import { DataOnVolume, judgeDataOnVolume } from '../../engines/data-volume.ts';
import { DATA_DIRECTORY } from '../../engines/prometheus/workload.ts';
import { MembersCurrent } from '../../k8s/members-current.ts';
import { podsRefused, podTroubles } from '../../k8s/pod-trouble-reasons.ts';
import { troubleOf } from '../../k8s/pod-trouble.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import { conditionType, WHEN_LASTING, type ConditionDescription } from '../../runtime/status/reasons.ts';
import type { Observed } from './observed.ts';

const kinds = ['ObservabilityStack'];
const STACK_DOWN = 'docs/operations/runbooks/CareplaneTargetDown.md';

export const PrometheusAvailable = conditionType({
  type: 'PrometheusAvailable',
  kinds,
  meaning: 'Whether Prometheus runs.',
  reasons: {
    Running: { status: 'True', meaning: 'It does.' },
    NotReady: { needsPerson: false, meaning: 'Its pod is not ready yet.' },
    ...podsRefused(STACK_DOWN),
    ...podTroubles(STACK_DOWN),
  },
});

export const GrafanaAvailable = conditionType({
  type: 'GrafanaAvailable',
  kinds,
  meaning: 'Whether Grafana runs, where an image of it is given.',
  reasons: {
    Running: { status: 'True', meaning: 'It does.' },
    NotReady: { needsPerson: false, meaning: 'Its pod is not ready yet.' },
    ...podTroubles(STACK_DOWN),
  },
});

export const TargetsUp = conditionType({
  type: 'TargetsUp',
  kinds,
  meaning: 'Whether everything is scraped that asks for it.',
  reasons: {
    AllScraped: { status: 'True', meaning: 'Every pod is.' },
    PrometheusSilent: { needsPerson: false, status: 'Unknown', meaning: 'Prometheus does not answer yet.' },
    TargetsDown: {
      needsPerson: WHEN_LASTING,
      meaning: 'Pods that ask to be scraped are not; the message names them.',
      remedy: 'Look at Status > Targets in Prometheus for the error.',
      page: 'docs/operations/runbooks/CareplaneTargetDown.md',
    },
  },
});

export const RulesLoaded = conditionType({
  type: 'RulesLoaded',
  kinds,
  meaning: 'Whether every alert rule is loaded and evaluates.',
  reasons: {
    AllLoaded: { status: 'True', meaning: 'Every one is.' },
    PrometheusSilent: { needsPerson: false, status: 'Unknown', meaning: 'Prometheus does not answer yet.' },
    RulesMissing: {
      needsPerson: WHEN_LASTING,
      meaning: 'Rule files are not loaded.',
      remedy: 'Read the log of Prometheus: a file may not parse.',
    },
    RulesFailing: {
      needsPerson: WHEN_LASTING,
      meaning: 'Rules do not evaluate.',
      remedy: 'Look at Status > Rules in Prometheus for the error.',
    },
  },
});

/** How many pods or files a message names; the rest is counted. */
const NAMED = 5;

/** `PrometheusAvailable`: whether it runs. */
export function prometheusAvailable({ prometheus, pods, refusal }: Observed): JudgedCondition {
  if ((prometheus?.status?.readyReplicas ?? 0) > 0)
    return PrometheusAvailable.because('Running', 'Prometheus is ready');
  const trouble = troubleOf(pods);
  if (trouble !== undefined) return PrometheusAvailable.because(trouble.reason, trouble.message);
  if (refusal !== undefined) return PrometheusAvailable.because('PodsRefused', refusal);
  const message = 'Prometheus is not ready yet: look at its pod with kubectl describe if this lasts';
  return PrometheusAvailable.because('NotReady', message);
}

/** `DataOnVolume` of Prometheus. Grafana keeps nothing. */
export function dataOnVolume({ pods, state }: Observed): JudgedCondition {
  const [pod] = pods;
  const told = pod === undefined || state === undefined ? [] : [[pod.metadata.name, state.dataDirectory]];
  return judgeDataOnVolume(pods, DATA_DIRECTORY, new Map(told as [string, string][]));
}

/** `GrafanaAvailable`: only where Grafana's image is to be had. */
export function grafanaAvailable({ grafana, grafanaPods }: Observed): JudgedCondition {
  if ((grafana?.status?.readyReplicas ?? 0) > 0)
    return GrafanaAvailable.because('Running', 'Grafana is ready');
  const trouble = troubleOf(grafanaPods);
  if (trouble !== undefined) return GrafanaAvailable.because(trouble.reason, trouble.message);
  const message = 'Grafana is not ready yet: look at its pod with kubectl describe if this lasts';
  return GrafanaAvailable.because('NotReady', message);
}

/** Pods that should be scraped and are not. */
export function missingTargets({ scraped, state }: Observed): string[] {
  return scraped.filter(({ address }) => state?.up.has(address) !== true).map(({ name }) => name);
}

/** `TargetsUp`: compares what should be scraped with what is. */
export function targetsUp(observed: Observed): JudgedCondition {
  if (observed.state === undefined)
    return TargetsUp.because('PrometheusSilent', 'Prometheus does not answer yet');
  const missing = missingTargets(observed);
  if (missing.length === 0) return TargetsUp.because('AllScraped', 'every pod that asks for it is scraped');
  const message = `not scraped: ${names(missing)}; see Status > Targets in Prometheus for the error`;
  return TargetsUp.because('TargetsDown', message);
}

/** `RulesLoaded`: whether every rule file is there and evaluates. */
export function rulesLoaded({ content, state }: Observed): JudgedCondition {
  if (state === undefined) return RulesLoaded.because('PrometheusSilent', 'Prometheus does not answer yet');
  const absent = Object.keys(content.rules).filter((file) => !state.ruleFiles.has(file));
  if (absent.length > 0) return RulesLoaded.because('RulesMissing', `not loaded: ${names(absent)}`);
  if (state.failingRules.length > 0)
    return RulesLoaded.because('RulesFailing', `evaluation fails: ${names(state.failingRules)}`);
  return RulesLoaded.because('AllLoaded', 'every alert rule is loaded and evaluates');
}

function names(list: readonly string[]): string {
  const shown = list.slice(0, NAMED).join(', ');
  return list.length > NAMED ? `${shown} and ${list.length - NAMED} more` : shown;
}

/** Every condition of an ObservabilityStack. */
export const stackConditions: readonly ConditionDescription[] = [
  PrometheusAvailable,
  DataOnVolume,
  MembersCurrent,
  TargetsUp,
  RulesLoaded,
  GrafanaAvailable,
];
