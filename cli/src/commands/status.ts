import type { Condition, CustomObject } from '@careplane/operator/runtime/kube';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import { connect } from '../cluster.ts';
import type { ClusterOptions } from '../kubeconfig.ts';
import { shorten, table } from '../output/table.ts';
import { listOwn } from '../own-kinds.ts';
import { operatorSettings } from '../plan/operator-settings.ts';
import { whyUnwatched } from '../plan/unwatched.ts';
import type { Terminal } from '../terminal.ts';

export interface StatusOptions extends ClusterOptions {
  allNamespaces: boolean;
  output: 'text' | 'json';
  exitCode: boolean;
  operatorNamespace: string;
  operatorDeployment: string;
}

/** One resource and its conditions. */
export interface StatusRow {
  namespace: string;
  kind: string;
  name: string;
  ready: Condition['status'];
  reason: string;
  message: string;
  /** What is kept of services that are gone, and why. */
  kept?: string[];
}

const MESSAGE_WIDTH = 80;
const NOT_SEEN = 'NotSeen';

/** `careplane status`. Gives 1 with `--exit-code` when something is not Ready, or nothing is there: then it is the wrong place. */
export async function status(options: StatusOptions, terminal: Terminal): Promise<number> {
  const cluster = await connect(options, terminal);
  try {
    const objects = await listOwn(cluster.client, options.allNamespaces ? undefined : cluster.namespace);
    const rows = await withUnwatched(objects.map(statusOf), cluster.client, options);
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
export function statusOf(object: CustomObject<unknown>): StatusRow {
  const { kind, metadata, status: seen } = object;
  const { namespace = '', name, generation, deletionTimestamp } = metadata;
  const kept = keptOf(object);
  const row = { namespace, kind, name, ...(kept.length === 0 ? {} : { kept }) };
  if (deletionTimestamp !== undefined)
    return { ...row, ready: 'False', reason: 'Deleting', message: 'it is being deleted' };
  const ready = conditionsOf(seen).find(({ type }) => type === 'Ready');
  if (ready === undefined)
    return { ...row, ready: 'Unknown', reason: NOT_SEEN, message: 'the operator has not looked at it yet' };
  if ((seen?.observedGeneration ?? 0) < (generation ?? 0))
    return {
      ...row,
      ready: 'Unknown',
      reason: NOT_SEEN,
      message: 'the operator has not seen its newest change yet',
    };
  return { ...row, ready: ready.status, reason: ready.reason, message: ready.message };
}

interface Keeping {
  departing?: { service: string; since: string; scope?: string }[];
}

type Seen = CustomObject<unknown>['status'];

function conditionsOf(seen: Seen): readonly Condition[] {
  return seen?.conditions ?? [];
}

/** Users and queues of services that are gone, as stores and brokers tell of them. */
function keptOf({ status = {} }: CustomObject<unknown>): string[] {
  const { departing = [] } = status as Keeping;
  const retained = conditionsOf(status).find(({ reason }) => reason === 'QueuesRetained');
  return [
    ...departing.map(({ service, since, scope }) =>
      scope === 'Leftovers'
        ? `leftovers of ${service} since ${since}, for the grace period`
        : `what ${service} had, which is gone since ${since}, for the grace period`,
    ),
    ...(retained === undefined ? [] : [retained.message]),
  ];
}

/** Of what nobody has looked at: that the operator does not look at its namespace, where its settings may be read and say so. */
export async function withUnwatched(
  rows: StatusRow[],
  client: KubeClient,
  { operatorNamespace, operatorDeployment }: Pick<StatusOptions, 'operatorNamespace' | 'operatorDeployment'>,
): Promise<StatusRow[]> {
  const unseen = new Set(rows.filter(({ reason }) => reason === NOT_SEEN).map(({ namespace }) => namespace));
  if (unseen.size === 0) return rows;
  const { settings, note } = await operatorSettings(client, operatorNamespace, operatorDeployment);
  if (note !== undefined) return rows;
  const reasons = new Map<string, string>();
  for (const namespace of unseen) {
    const why = await whyUnwatched(client, settings, namespace);
    if (why !== undefined && why !== 'unknown') reasons.set(namespace, why);
  }
  return rows.map((row) => {
    const why = row.reason === NOT_SEEN ? reasons.get(row.namespace) : undefined;
    return why === undefined ? row : { ...row, reason: 'NotWatched', message: `the operator ${why}` };
  });
}

/** The table: with a column for the namespace when there are several. */
export function renderStatus(rows: readonly StatusRow[], withNamespace: boolean): string {
  const head = ['KIND', 'NAME', 'READY', 'REASON', 'MESSAGE'];
  const cells = rows.map(({ namespace, kind, name, ready, reason, message }) => {
    const row = [kind, name, ready, reason, shorten(message, MESSAGE_WIDTH)];
    return withNamespace ? [namespace, ...row] : row;
  });
  return table(withNamespace ? ['NAMESPACE', ...head] : head, cells) + renderKept(rows, withNamespace);
}

function renderKept(rows: readonly StatusRow[], withNamespace: boolean): string {
  const lines = rows.flatMap(({ namespace, kind, name, kept = [] }) => {
    const who = `${kind} ${withNamespace ? `${namespace}/` : ''}${name}`;
    return kept.map((what) => `  ${who}: ${what}\n`);
  });
  return lines.length === 0 ? '' : `\nKept of services that are gone:\n${lines.join('')}`;
}

function nothingIn({ allNamespaces }: StatusOptions, namespace: string): string {
  if (allNamespaces) return 'there is nothing of Careplane in this cluster';
  return `there is nothing of Careplane in the namespace ${namespace}: choose another with -n, or see all with -A`;
}
