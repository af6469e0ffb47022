import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  NAMESPACE,
  SYSTEM_NAMESPACE,
  apply,
  clinicReady,
  command,
  eventually,
  kubectl,
  type Resource,
} from '../src/cluster.ts';
import { lookInto } from '../src/pods.ts';
import { alwaysThere, isDeclared, partyOf, readDeclarations, workloadOf } from './policies/declared.ts';
import { LISTENED, LISTENER, applyPolicy, outputOf, podManifest, startPod } from './policies/pods.ts';
import { addressOf, peersOf, surprises, type Expectation, type Peer } from './policies/peers.ts';
import { connectFrom, processOf, type Outcome } from './policies/probe.ts';

const OWN = 'policies-e2e';
const UNLABELLED = 'policies-e2e-unlabelled';
const CLOSED = 9;

/** The agent's process ID from the cluster's status, whose exit code also covers other components. */
async function agentProcess(): Promise<number> {
  const text = await command('sh', ['-c', 'cluster/embedded/status.sh || true']);
  const pid = /^policy-agent +RUNNING +(\d+)/m.exec(text)?.[1];
  if (pid === undefined) throw new Error(`policy-agent does not run:\n${text}`);
  return Number(pid);
}

describe('the network policies of the clinic', () => {
  let resources: Resource[];

  beforeAll(async () => {
    resources = await clinicReady();
    await apply(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: OWN } }));
    await Promise.all([
      startPod({ namespace: OWN, name: 'stranger' }),
      startPod({ namespace: NAMESPACE, name: UNLABELLED }),
    ]);
  }, 300_000);

  afterAll(async () => {
    await kubectl('delete', 'pod', UNLABELLED, '-n', NAMESPACE, '--ignore-not-found', '--wait=false');
    await kubectl('delete', 'namespace', OWN, '--ignore-not-found');
  }, 120_000);

  it('allow exactly the declared connections, tried from every pod to every other on every port', async () => {
    const declared = await readDeclarations(NAMESPACE);
    const peers = await peersOf(NAMESPACE, SYSTEM_NAMESPACE, OWN);
    const dns = (await peersOf('kube-system')).filter(({ pod }) => partyOf(pod).kind === 'dns');
    const all = [...peers, ...dns];
    const ports = [...new Set([...all.flatMap(({ listening }) => listening), CLOSED])].sort((a, b) => a - b);
    const expectation: Expectation = (from, to, port) => {
      if (!isDeclared(declared, partyOf(from.pod), partyOf(to.pod), port)) return 'blocked';
      return to.listening.includes(port) ? 'connected' : 'refused';
    };

    const peerOf = new Map(all.map((peer) => [peer.pod, peer]));
    const looks = await lookInto([...peerOf.keys()], async (pod) => {
      const others = all.filter((peer) => peer.pod !== pod);
      return await surprises(peerOf.get(pod) as Peer, others, ports, expectation);
    });

    // A worker that is scaled down meanwhile neither connects nor answers.
    const looksOfThoseLeft = looks.filter(({ stayed }) => stayed);
    const left = looksOfThoseLeft.map(({ pod }) => pod);
    const found = looksOfThoseLeft.flatMap(({ found }) => found.filter(({ to }) => left.includes(to)));
    expect(found.map(({ line }) => line)).toEqual([]);
    expect(left.map(workloadOf)).toEqual(
      expect.arrayContaining([
        ...alwaysThere(resources),
        'operator/operator',
        'dns/dns',
        'stranger/stranger',
        `stranger/${UNLABELLED}`,
      ]),
    );
    // Guards the test: all three outcomes must be expected somewhere.
    const kinds = all.flatMap((from) =>
      all.flatMap((to) => ports.map((port) => expectation(from, to, port))),
    );
    expect(new Set(kinds)).toEqual(new Set(['connected', 'refused', 'blocked']));
    expect(ports.length).toBeGreaterThan(8);
  }, 60_000);

  describe('of a pod that starts', () => {
    /** Connects repeatedly from its start; prints the number of attempts and the successful ones. */
    const caller = (host: string): string => `
      const { connect } = require('node:net');
      const began = performance.now(); const through = []; let tries = 0;
      // Later than the last attempt, whose answer may be slow on a busy machine.
      const report = () => { console.log(JSON.stringify({ tries, through })); process.exit(); };
      const attempt = () => {
        if (performance.now() - began > 1500) return setTimeout(report, 2000);
        tries++;
        const at = performance.now() - began;
        const socket = connect({ host: '${host}', port: ${LISTENED} });
        socket.once('connect', () => { through.push(at); socket.destroy(); }).once('error', () => {});
        setTimeout(attempt, 5);
      };
      attempt();`;

    interface Words {
      tries: number;
      through: number[];
    }

    it("are in force before its first instruction, its own and its peers'", async () => {
      const namespace = OWN;
      await applyPolicy(
        { namespace, name: 'silent' },
        { podSelector: { matchLabels: { speaks: 'no' } }, policyTypes: ['Egress'] },
      );
      await applyPolicy(
        { namespace, name: 'by-invitation' },
        {
          podSelector: { matchLabels: { door: 'guarded' } },
          ingress: [{ from: [{ podSelector: { matchLabels: { invited: 'yes' } } }] }],
        },
      );
      const guarded = addressOf(await startPod({ namespace, name: 'guarded', labels: { door: 'guarded' } }));
      const pods = [
        { name: 'silent', labels: { speaks: 'no', invited: 'yes' } },
        { name: 'uninvited', labels: {} },
        { name: 'invited', labels: { invited: 'yes' } },
      ];
      for (const pod of pods) await apply(podManifest({ namespace, ...pod, program: caller(guarded) }));

      const [silent, uninvited, invited] = await Promise.all(
        pods.map(async ({ name }) => await outputOf<Words>(namespace, name)),
      );

      expect(silent).toMatchObject({ through: [] });
      expect(uninvited).toMatchObject({ through: [] });
      expect(silent?.tries).toBeGreaterThan(20);
      // Its first attempt succeeds: it starts when the peers' rules know it.
      expect(invited?.through.length).toBe(invited?.tries);
    }, 120_000);
  });

  it('block an open connection when a policy is created, and allow it when the policy is deleted', async () => {
    const namespace = OWN;
    const [open, from] = await Promise.all([
      startPod({ namespace, name: 'open', labels: { shop: 'open' } }),
      startPod({ namespace, name: 'customer' }),
    ]);
    const pid = await processOf(from.metadata.uid);
    const visit = async (): Promise<Outcome | undefined> =>
      (await connectFrom(pid, [{ host: addressOf(open), port: LISTENED }], 300))[0];
    expect(await visit()).toBe('connected');

    await applyPolicy({ namespace, name: 'closed' }, { podSelector: { matchLabels: { shop: 'open' } } });
    await eventually(
      'the connection to be blocked',
      async () => ((await visit()) === 'blocked' ? true : undefined),
      10_000,
    );
    await kubectl('delete', 'networkpolicy', 'closed', '-n', namespace);
    await eventually(
      'it is open again',
      async () => ((await visit()) === 'connected' ? true : undefined),
      10_000,
    );
  }, 120_000);

  it('block nothing in shadow mode, and list what they would block', async () => {
    const namespace = OWN;
    const [target, friend, other] = await Promise.all([
      startPod({ namespace, name: 'watched', labels: { 'careplane.dev/service': 'watched' } }),
      startPod({ namespace, name: 'friend', labels: { 'careplane.dev/service': 'friend' } }),
      startPod({ namespace, name: 'other', labels: { 'careplane.dev/service': 'other' } }),
    ]);
    const selector = { matchLabels: { 'careplane.dev/service': 'watched' } };
    const shadow = {
      podSelector: selector,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { 'careplane.dev/service': 'friend' } } }] }],
    };
    await applyPolicy(
      { namespace, name: 'watched', annotations: { 'careplane.dev/shadow-spec': JSON.stringify(shadow) } },
      { podSelector: selector, policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] },
    );

    interface WouldBlock {
      note: string;
      regarding: { kind: string; name: string };
      series?: { count: number };
    }
    const read = async (reason: string): Promise<WouldBlock[]> => {
      const selector = `reason=${reason},reportingController=careplane.dev/policy-agent`;
      const text = await kubectl(
        ...['get', 'events.v1.events.k8s.io', '-n', namespace, '--field-selector', selector, '-o', 'json'],
      );
      return (JSON.parse(text) as { items: WouldBlock[] }).items;
    };
    const attempts: [Resource, Resource][] = [
      [friend, target],
      [other, target],
      [target, other],
    ];
    const events = await eventually(
      'both lines are there',
      async () => {
        for (const [from, to] of attempts) {
          const pid = await processOf(from.metadata.uid);
          expect(await connectFrom(pid, [{ host: addressOf(to), port: LISTENED }], 5000)).toEqual([
            'connected',
          ]);
        }
        const found = await read('WouldBlock');
        return found.length >= 2 ? found : undefined;
      },
      20_000,
    );

    expect(events.map(({ note }) => note).sort()).toEqual([
      `egress to ${namespace}/other TCP ${LISTENED}`,
      `ingress from ${namespace}/other TCP ${LISTENED}`,
    ]);
    for (const { regarding, series } of events) {
      expect(regarding).toMatchObject({ kind: 'NetworkPolicy', name: 'watched' });
      // Several attempts within a minute are one event without a series.
      expect(series).toBeUndefined();
    }
    // Without events, the heartbeat proves that the agent evaluates the policy.
    const [watching] = await read('Observes');
    expect(watching?.regarding).toMatchObject({ kind: 'NetworkPolicy', name: 'watched' });
  }, 120_000);

  it('stay in force when the agent is killed, and are updated after its restart', async () => {
    const namespace = OWN;
    const closed = await startPod({ namespace, name: 'kept', labels: { kept: 'closed' } });
    const pid = await processOf((await startPod({ namespace, name: 'knocking' })).metadata.uid);
    const knock = async (): Promise<Outcome | undefined> =>
      (await connectFrom(pid, [{ host: addressOf(closed), port: LISTENED }], 300))[0];
    await applyPolicy({ namespace, name: 'kept' }, { podSelector: { matchLabels: { kept: 'closed' } } });
    await eventually(
      'the connection to be blocked',
      async () => ((await knock()) === 'blocked' ? true : undefined),
      10_000,
    );

    const killed = await agentProcess();
    process.kill(killed, 'SIGKILL');
    expect(await knock()).toBe('blocked');
    // A pod that starts while the agent is down waits for it.
    const late = await startPod({ namespace, name: 'late', labels: { kept: 'closed' }, program: LISTENER });
    expect(await connectFrom(pid, [{ host: addressOf(late), port: LISTENED }], 300)).toEqual(['blocked']);
    expect(await agentProcess()).not.toBe(killed);

    await kubectl('delete', 'networkpolicy', 'kept', '-n', namespace);
    await eventually('it is open', async () => ((await knock()) === 'connected' ? true : undefined), 10_000);
  }, 120_000);
});
