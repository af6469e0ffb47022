import { connect } from '../cluster.ts';
import { Failure } from '../failure.ts';
import type { ClusterOptions } from '../kubeconfig.ts';
import { declare } from '../plan/declare.ts';
import { makePlan } from '../plan/makePlan.ts';
import { readManifests } from '../plan/manifests.ts';
import { renderPlan } from '../plan/render.ts';
import type { Terminal } from '../terminal.ts';

export interface PlanOptions extends ClusterOptions {
  filename: string[];
  output: 'text' | 'json';
  details: boolean;
  exitCode: boolean;
  operatorNamespace: string;
}

/** `careplane plan`. Gives the exit code: with `--exit-code` 2 when there is something to change. */
export async function plan(options: PlanOptions, terminal: Terminal): Promise<number> {
  const manifests = await readManifests(options.filename, terminal);
  const cluster = await connect(options, terminal);
  try {
    const declarations = declare(manifests, cluster.namespace);
    if (declarations.declared.length === 0)
      throw new Failure(`there is no object of careplane.dev in ${options.filename.join(', ')}`);
    const { operatorNamespace } = options;
    const result = await makePlan({
      declarations,
      client: cluster.client,
      operatorNamespace,
      signal: terminal.signal,
    });
    const { details } = options;
    terminal.out(
      options.output === 'json'
        ? `${JSON.stringify(result, undefined, 2)}\n`
        : renderPlan(result, { details, colour: terminal.isScreen }),
    );
    return options.exitCode && result.changes.length > 0 ? 2 : 0;
  } finally {
    await cluster.close();
  }
}
