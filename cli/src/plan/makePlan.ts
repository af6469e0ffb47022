import { controllers } from '@careplane/operator/controllers';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import { changesOf, type Change } from './changes.ts';
import type { Declarations } from './declare.ts';
import { operatorSettings } from './operatorSettings.ts';
import { readCluster } from './readCluster.ts';
import { Rehearsal } from './rehearsal.ts';
import { rehearse } from './rehearse.ts';
import { Snapshot } from './snapshot.ts';
import { edgeFindings, namespacesOf, warningsOf } from './warnings.ts';

/** What would happen if the declarations were applied. */
export interface CareplanePlan {
  changes: Change[];
  warnings: string[];
}

export interface PlanRequest {
  declarations: Declarations;
  client: KubeClient;
  /** Where the operator runs: its settings decide about images. */
  operatorNamespace: string;
  signal: AbortSignal;
}

/**
 * Makes the plan by letting the operator's own controllers work on a copy of the cluster. Nothing is written: they are
 * handed a context that remembers instead of sending, and a client that refuses writes.
 */
export async function makePlan(request: PlanRequest): Promise<CareplanePlan> {
  const { declarations, client, operatorNamespace, signal } = request;
  const { declared, ignored } = declarations;
  const { settings, note } = await operatorSettings(client, operatorNamespace);
  const all = controllers(settings);
  client.discovery.learn(all.flatMap(({ type, owns, ownsBeyond = [] }) => [type, ...owns, ...ownsBeyond]));
  const namespaces = namespacesOf(declared);
  const rehearsal = new Rehearsal(client, new Snapshot(all.flatMap(({ indexes = [] }) => indexes)), signal);
  rehearsal.take(await readCluster(client, all, namespaces));
  const before = new Set(edgeFindings(rehearsal.snapshot, namespaces).map(({ text }) => text));
  for (const { object } of declared) rehearsal.declare(object);
  const outlook = await rehearse(all, rehearsal, namespaces);
  return {
    changes: changesOf(declared, outlook, rehearsal),
    warnings: [
      ...(note === undefined ? [] : [note]),
      ...ignored.map((what) => `${what}: not a kind of careplane.dev, left out of the plan`),
      ...warningsOf(declared, outlook, rehearsal.snapshot, before),
    ],
  };
}
