import { isStatus } from '@careplane/operator/runtime/errors';
import { connect, type Cluster } from '../cluster.ts';
import { explainError } from '../explain-error.ts';
import { Failure } from '../failure.ts';
import type { ClusterOptions } from '../kubeconfig.ts';
import { declare, type Declarations } from '../plan/declare.ts';
import { makePlan, type CareplanePlan } from '../plan/make-plan.ts';
import { readManifests } from '../plan/manifests.ts';
import { renderPlan } from '../plan/render.ts';
import type { Terminal } from '../terminal.ts';

export interface PlanOptions extends ClusterOptions {
  filename: string[];
  output: 'text' | 'json';
  details: boolean;
  exitCode: boolean;
  operatorNamespace: string;
  operatorDeployment: string;
}

/**
 * `careplane plan`. Gives the exit code: 1 when applying would be refused or not everything could be planned; with `--exit-code` 2 when
 * there is something to change.
 */
export async function plan(options: PlanOptions, terminal: Terminal): Promise<number> {
  const manifests = await readManifests(options.filename, terminal);
  const cluster = await connect(options, terminal);
  try {
    const declarations = declare(manifests, cluster.namespace);
    if (declarations.declared.length === 0)
      throw new Failure(`there is no object of careplane.dev in ${options.filename.join(', ')}`);
    const result = await planOn(cluster, declarations, options, terminal.signal);
    const { details } = options;
    terminal.out(
      options.output === 'json'
        ? `${JSON.stringify(result, undefined, 2)}\n`
        : renderPlan(result, { details, colour: terminal.isScreen }),
    );
    if (result.failed.length + result.refused.length > 0) return 1;
    return options.exitCode && result.changes.length > 0 ? 2 : 0;
  } finally {
    await cluster.close();
  }
}

async function planOn(
  { client }: Cluster,
  declarations: Declarations,
  { operatorNamespace, operatorDeployment }: PlanOptions,
  signal: AbortSignal,
): Promise<CareplanePlan> {
  try {
    return await makePlan({ declarations, client, operatorNamespace, operatorDeployment, signal });
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
    throw new Failure(`${explainError(error)}. The ClusterRole careplane-plan holds all that a plan needs`);
  }
}
