import { judgeDataOnVolume } from '../../engines/data-volume.ts';
import { DATA_DIRECTORY } from '../../engines/prometheus/workload.ts';
import { podsRefused } from '../../k8s/pod-trouble-reasons.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import { conditionType } from '../../runtime/status/reasons.ts';
import type { Observed } from './observed.ts';

const kinds = ['ObservabilityStack'];

export const PrometheusAvailable = conditionType({
  type: 'PrometheusAvailable',
  kinds,
  meaning: 'Whether Prometheus runs.',
  reasons: {
    Running: { status: 'True', meaning: 'It does.' },
    NotReady: { meaning: 'Its pod is not ready yet.' },
    ...podsRefused('docs/operations/runbooks/CareplaneTargetDown.md'),
  },
});

export const GrafanaAvailable = conditionType({
  type: 'GrafanaAvailable',
  kinds,
  meaning: 'Whether Grafana runs, where an image of it is given.',
  reasons: {
    Running: { status: 'True', meaning: 'It does.' },
    NotReady: { meaning: 'Its pod is not ready yet.' },
  },
});

export const TargetsUp = conditionType({
  type: 'TargetsUp',
  kinds,
  meaning: 'Whether everything is scraped that asks for it.',
  reasons: {
    AllScraped: { status: 'True', meaning: 'Every pod is.' },
    PrometheusSilent: { status: 'Unknown', meaning: 'Prometheus does not answer yet.' },
    TargetsDown: {
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
    PrometheusSilent: { status: 'Unknown', meaning: 'Prometheus does not answer yet.' },
    RulesMissing: {
      meaning: 'Rule files are not loaded.',
      remedy: 'Read the log of Prometheus: a file may not parse.',
    },
    RulesFailing: {
      meaning: 'Rules do not evaluate.',
      remedy: 'Look at Status > Rules in Prometheus for the error.',
    },
  },
});

/** How many pods or files a message names; the rest is counted. */
const NAMED = 5;

/** `PrometheusAvailable`: whether it runs. */
export function prometheusAvailable({ prometheus, refusal }: Observed): JudgedCondition {
  if ((prometheus?.status?.readyReplicas ?? 0) > 0)
    return PrometheusAvailable.because('Running', 'Prometheus is ready');
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
export function grafanaAvailable({ grafana }: Observed): JudgedCondition {
  if ((grafana?.status?.readyReplicas ?? 0) > 0)
    return GrafanaAvailable.because('Running', 'Grafana is ready');
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
