import type { Resource } from '../../src/cluster.ts';
import { isReady, lookInto, stayingPods } from '../../src/pods.ts';
import { connectFrom, listeningPorts, processOf, type Outcome, type Target } from './probe.ts';

export interface Peer {
  pod: Resource;
  listening: number[];
}

const nameOf = ({ metadata }: Resource): string => `${metadata.namespace}/${metadata.name}`;
export const addressOf = ({ status }: Resource): string => status?.podIP ?? '';

/** The Ready pods, whose listening ports no longer change. */
export async function peersOf(...namespaces: string[]): Promise<Peer[]> {
  const pods = (await stayingPods(...namespaces)).filter(isReady);
  const looks = await lookInto(
    pods,
    async ({ metadata }) => await listeningPorts(await processOf(metadata.uid)),
  );
  return looks.map(({ pod, found }) => ({ pod, listening: found }));
}

/** Connects with a short timeout; an expected answer that is late gets a second attempt with a long timeout. */
async function outcomes(pid: number, targets: Target[], expected: Outcome[]): Promise<Outcome[]> {
  const first = await connectFrom(pid, targets, 300);
  const late = targets.flatMap((_, i) => (first[i] === 'blocked' && expected[i] !== 'blocked' ? [i] : []));
  const second =
    late.length === 0
      ? []
      : await connectFrom(
          pid,
          late.map((i) => targets[i] as Target),
          5000,
        );
  late.forEach((at, i) => (first[at] = second[i] as Outcome));
  return first;
}

/** An attempt with an unexpected outcome. */
interface Surprise {
  to: Resource;
  line: string;
}

export async function surprises(
  from: Peer,
  others: Peer[],
  ports: number[],
  expect: Expectation,
): Promise<Surprise[]> {
  const tries = others.flatMap((to) => ports.map((port) => ({ to, port, expected: expect(from, to, port) })));
  const targets = tries.map(({ to, port }) => ({ host: addressOf(to.pod), port }));
  const found = await outcomes(
    await processOf(from.pod.metadata.uid),
    targets,
    tries.map(({ expected }) => expected),
  );
  return tries.flatMap(({ to, port, expected }, i) => {
    if (found[i] === expected) return [];
    const what = `${String(found[i])} instead of ${expected}`;
    return [{ to: to.pod, line: `${nameOf(from.pod)} -> ${nameOf(to.pod)}:${port} ${what}` }];
  });
}

export type Expectation = (from: Peer, to: Peer, port: number) => Outcome;
