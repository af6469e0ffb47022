import { judgeDataOnVolume } from '../../engines/data-volume.ts';
import { DATA_DIRECTORY } from '../../engines/prometheus/workload.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import type { Observed } from './observed.ts';

/** How many pods or files a message names; the rest is counted. */
const NAMED = 5;

/** `PrometheusAvailable`: whether it runs. */
export function prometheusAvailable({ prometheus }: Observed): JudgedCondition {
  const type = 'PrometheusAvailable';
  if ((prometheus?.status?.readyReplicas ?? 0) > 0)
    return { type, status: 'True', reason: 'Running', message: 'Prometheus is ready' };
  const message = 'Prometheus is not ready yet: look at its pod with kubectl describe if this lasts';
  return { type, status: 'False', reason: 'NotReady', message };
}

/** `DataOnVolume` of Prometheus. Grafana keeps nothing. */
export function dataOnVolume({ pods, state }: Observed): JudgedCondition {
  const [pod] = pods;
  const told = pod === undefined || state === undefined ? [] : [[pod.metadata.name, state.dataDirectory]];
  return judgeDataOnVolume(pods, DATA_DIRECTORY, new Map(told as [string, string][]));
}

/** `GrafanaAvailable`: only where Grafana's image is to be had. */
export function grafanaAvailable({ grafana }: Observed): JudgedCondition {
  const type = 'GrafanaAvailable';
  if ((grafana?.status?.readyReplicas ?? 0) > 0)
    return { type, status: 'True', reason: 'Running', message: 'Grafana is ready' };
  const message = 'Grafana is not ready yet: look at its pod with kubectl describe if this lasts';
  return { type, status: 'False', reason: 'NotReady', message };
}

/** Pods that should be scraped and are not. */
export function missingTargets({ scraped, state }: Observed): string[] {
  return scraped.filter(({ address }) => state?.up.has(address) !== true).map(({ name }) => name);
}

/** `TargetsUp`: compares what should be scraped with what is. */
export function targetsUp(observed: Observed): JudgedCondition {
  const type = 'TargetsUp';
  if (observed.state === undefined)
    return { type, status: 'Unknown', reason: 'PrometheusSilent', message: 'Prometheus does not answer yet' };
  const missing = missingTargets(observed);
  if (missing.length === 0)
    return { type, status: 'True', reason: 'AllScraped', message: 'every pod that asks for it is scraped' };
  const message = `not scraped: ${names(missing)}; see Status > Targets in Prometheus for the error`;
  return { type, status: 'False', reason: 'TargetsDown', message };
}

/** `RulesLoaded`: whether every rule file is there and evaluates. */
export function rulesLoaded({ content, state }: Observed): JudgedCondition {
  const type = 'RulesLoaded';
  if (state === undefined)
    return { type, status: 'Unknown', reason: 'PrometheusSilent', message: 'Prometheus does not answer yet' };
  const absent = Object.keys(content.rules).filter((file) => !state.ruleFiles.has(file));
  if (absent.length > 0)
    return { type, status: 'False', reason: 'RulesMissing', message: `not loaded: ${names(absent)}` };
  if (state.failingRules.length > 0) {
    const message = `evaluation fails: ${names(state.failingRules)}`;
    return { type, status: 'False', reason: 'RulesFailing', message };
  }
  return { type, status: 'True', reason: 'AllLoaded', message: 'every alert rule is loaded and evaluates' };
}

function names(list: readonly string[]): string {
  const shown = list.slice(0, NAMED).join(', ');
  return list.length > NAMED ? `${shown} and ${list.length - NAMED} more` : shown;
}
