import type { Condition, CustomObject } from '@careplane/operator/runtime/kube';
import { connect } from '../cluster.ts';
import type { ClusterOptions } from '../kubeconfig.ts';
import { shorten, table } from '../output/table.ts';
import { listOwn } from '../own-kinds.ts';
import type { Terminal } from '../terminal.ts';

export interface StatusOptions extends ClusterOptions {
  allNamespaces: boolean;
  output: 'text' | 'json';
  exitCode: boolean;
}

/** One resource and its conditions. */
export interface StatusRow {
  namespace: string;
  kind: string;
  name: string;
  ready: Condition['status'];
  reason: string;
  message: string;
}

const MESSAGE_WIDTH = 80;

/** `careplane status`. Gives 1 with `--exit-code` when something is not Ready, or nothing is there: then it is the wrong place. */
export async function status(options: StatusOptions, terminal: Terminal): Promise<number> {
  const cluster = await connect(options, terminal);
  try {
    const objects = await listOwn(cluster.client, options.allNamespaces ? undefined : cluster.namespace);
    const rows = objects.map(statusOf);
    if (options.output === 'json') terminal.out(`${JSON.stringify(rows, undefined, 2)}\n`);
    else if (rows.length === 0) terminal.err(`${nothingIn(options, cluster.namespace)}\n`);
    else terminal.out(renderStatus(rows, options.allNamespaces));
    const isGood = rows.length > 0 && rows.every(({ ready }) => ready === 'True');
    return options.exitCode && !isGood ? 1 : 0;
  } finally {
    await cluster.close();
  }
}

/** What the object's `Ready` says; that it says nothing yet is said, too. */
export function statusOf({ kind, metadata, status: seen }: CustomObject<unknown>): StatusRow {
  const { namespace = '', name, generation, deletionTimestamp } = metadata;
  const row = { namespace, kind, name };
  if (deletionTimestamp !== undefined)
    return { ...row, ready: 'False', reason: 'Deleting', message: 'it is being deleted' };
  const ready = seen?.conditions?.find(({ type }) => type === 'Ready');
  if (ready === undefined)
    return { ...row, ready: 'Unknown', reason: 'NotSeen', message: 'the operator has not looked at it yet' };
  if ((seen?.observedGeneration ?? 0) < (generation ?? 0))
    return {
      ...row,
      ready: 'Unknown',
      reason: 'NotSeen',
      message: 'the operator has not seen its newest change yet',
    };
  return { ...row, ready: ready.status, reason: ready.reason, message: ready.message };
}

/** The table: with a column for the namespace when there are several. */
export function renderStatus(rows: readonly StatusRow[], withNamespace: boolean): string {
  const head = ['KIND', 'NAME', 'READY', 'REASON', 'MESSAGE'];
  const cells = rows.map(({ namespace, kind, name, ready, reason, message }) => {
    const row = [kind, name, ready, reason, shorten(message, MESSAGE_WIDTH)];
    return withNamespace ? [namespace, ...row] : row;
  });
  return table(withNamespace ? ['NAMESPACE', ...head] : head, cells);
}

function nothingIn({ allNamespaces }: StatusOptions, namespace: string): string {
  if (allNamespaces) return 'there is nothing of Careplane in this cluster';
  return `there is nothing of Careplane in the namespace ${namespace}: choose another with -n, or see all with -A`;
}
