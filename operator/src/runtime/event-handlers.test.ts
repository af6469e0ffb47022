import { expect, it } from '@jest/globals';
import type { Informers } from './cache/informers.ts';
import type { Change } from './cache/store.ts';
import { clinicController, clinics } from './fixtures/clinic.ts';
import type { KubeObject } from './kube.ts';
import type { LeaderTerm } from './leader-term.ts';
import { addEventHandlers } from './event-handlers.ts';

it('what is remembered of an object goes when it was deleted and made again between two looks', () => {
  const listeners: ((change: Change) => void)[] = [];
  const informers = {
    follow: ({ type }: { type: unknown }, listener: (change: Change) => void) => {
      if (type === clinics) listeners.push(listener);
    },
  };
  const did: string[] = [];
  const note = (what: string) => (object: KubeObject) => did.push(`${what} ${object.metadata.uid ?? ''}`);
  const term = { forget: note('forget'), enqueue: note('enqueue') } as unknown as LeaderTerm;
  addEventHandlers([clinicController()], informers as unknown as Informers, () => term);
  const clinicOf = (uid: string, generation: number): KubeObject => ({
    apiVersion: clinics.apiVersion,
    kind: clinics.kind,
    metadata: { name: 'a', namespace: 'n', uid, generation },
  });
  const [first, changed, second] = [clinicOf('one', 1), clinicOf('one', 2), clinicOf('two', 1)];
  for (const listener of listeners) {
    listener({ type: 'updated', object: changed, previous: first });
    listener({ type: 'updated', object: second, previous: changed });
  }
  expect(did).toEqual(['enqueue one', 'forget one', 'enqueue two']);
});
