import { controllers } from '@careplane/operator/controllers';
import { offersOf } from '@careplane/operator/engines/versions/offers';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import { admit, type Admission } from './admission.ts';
import { changesOf, type Change } from './changes.ts';
import type { Declarations } from './declare.ts';
import { operatorSettings } from './operator-settings.ts';
import { PermittedReads } from './permitted-reads.ts';
import { readCluster } from './read-cluster.ts';
import { Rehearsal } from './rehearsal.ts';
import { rehearse } from './rehearse.ts';
import { askServer } from './server-rules.ts';
import { Snapshot } from './snapshot.ts';
import { unwatched } from './unwatched.ts';
import { edgeFindings, failuresOf, namespacesOf, warningsOf } from './warnings.ts';

/** What would happen if the declarations were applied. */
export interface CareplanePlan {
  changes: Change[];
  warnings: string[];
  /** What the API server or the operator's webhook would refuse, and why: applying the files would fail there. */
  refused: string[];
  /** Objects whose children cannot be foreseen, and why: the plan is not whole. */
  failed: string[];
}

export interface PlanRequest {
  declarations: Declarations;
  client: KubeClient;
  /** Where the operator runs, and under which name: its settings decide about images. */
  operatorNamespace: string;
  operatorDeployment: string;
  signal: AbortSignal;
}

/**
 * Makes the plan by letting the operator's own controllers work on a copy of the cluster. Nothing is written: they are
 * handed a context that remembers instead of sending, and a client that refuses writes. The API server is asked by dry runs.
 */
export async function makePlan(request: PlanRequest): Promise<CareplanePlan> {
  const { declarations, client, operatorNamespace, operatorDeployment, signal } = request;
  const { declared, ignored } = declarations;
  const { settings, isAdmitting, note } = await operatorSettings(
    client,
    operatorNamespace,
    operatorDeployment,
  );
  const all = controllers(settings);
  client.discovery.learn(all.flatMap(({ type, owns }) => [type, ...owns]));
  const namespaces = namespacesOf(declared);
  const reads = new PermittedReads(client, settings.leaseNamespace);
  const snapshot = new Snapshot(all.flatMap(({ indexes = [] }) => indexes));
  const rehearsal = new Rehearsal(client, reads, snapshot, signal);
  rehearsal.take(await readCluster(client, all, namespaces, reads.notes));
  const before = new Set(edgeFindings(snapshot, namespaces).map(({ text }) => text));
  for (const { object } of declared) rehearsal.declare(object);
  const { refused, warnings } = effective(await admit(declared, rehearsal, offersOf(settings)), isAdmitting);
  refused.push(...(await askServer(declared, rehearsal, client, reads.notes)));
  const outlook = await rehearse(all, rehearsal, namespaces);
  return {
    changes: changesOf(declared, outlook, rehearsal),
    warnings: [
      ...(note === undefined ? [] : [note]),
      ...(await unwatched(client, settings, namespaces)),
      ...reads.notes,
      ...ignored.map((what) => `${what}: not a kind of careplane.dev, left out of the plan`),
      ...warnings,
      ...warningsOf(declared, outlook, snapshot, before),
    ],
    refused,
    failed: failuresOf(outlook),
  };
}

/** Without a webhook nothing is refused: the findings of its rules become conditions later. */
function effective({ refused, warnings }: Admission, isAdmitting: boolean): Admission {
  return isAdmitting ? { refused, warnings } : { refused: [], warnings: [...warnings, ...refused] };
}
