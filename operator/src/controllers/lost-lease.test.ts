import { expect, it } from '@jest/globals';
import { readSettings } from '../config.ts';
import { offersOf } from '../engines/versions/offers.ts';
import type { EncryptedStore } from '../api/encryptedstore.ts';
import type { MessageBroker } from '../api/messagebroker.ts';
import { createAuthority } from '../pki/certificate.ts';
import type { EnginePod } from '../k8s/pods.ts';
import { silentLogger } from '../runtime/telemetry/log.ts';
import { act as actOnStore } from './encryptedstore/act.ts';
import { act as actOnBroker } from './messagebroker/act.ts';

const LOST = new Error('leadership was lost');
const ZONE = { namespace: 'clinic', clusterDomain: 'cluster.local' };
const CONTEXT = { signal: AbortSignal.abort(LOST), log: silentLogger, now: () => 0 };
const nothing = (): Promise<never> => Promise.reject(new Error('nothing is to be done'));
const ENGINE_CONTEXT = { ...CONTEXT, live: { get: nothing, list: nothing }, remove: nothing };
const POD = {
  metadata: { name: 'db-0', namespace: 'clinic' },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
} as EnginePod;
const pair = await createAuthority('test', 0);
const condition = { type: 'CertificatesValid', status: 'True', reason: 'Valid', message: '' } as const;
const observed = {
  services: [],
  formerServices: [],
  insertOnly: new Map(),
  passwords: new Map<string, string>(),
  departing: [],
  grace: { noted: [], wanted: [], now: 0, graceMs: 0 },
  certificate: { pair, bundle: pair.certificate, epoch: 'first', condition },
  pods: [POD],
  refusal: undefined,
};
const storage = { size: '1Gi' };
const OFFERS = offersOf(readSettings([], {}));
const head = { apiVersion: 'careplane.dev/v1alpha1', metadata: { name: 'db', namespace: 'clinic' } };

/** `DependencyDown` would be shown in the status, which is another leader's by now. */
it('a lost Lease is no trouble of the broker', async () => {
  const spec = { nodes: 1, storage, deletionPolicy: 'Retain' } as const;
  const broker: MessageBroker = { ...head, kind: 'MessageBroker', spec };
  const seen = { ...observed, rolling: new Set<string>(), adminPassword: 'a', cookie: 'c', presentNodes: 1 };
  await expect(actOnBroker(broker, seen, ZONE, ENGINE_CONTEXT)).rejects.toBe(LOST);
});

it.each(['mongodb', 'redis'] as const)('a lost Lease is no trouble of a %s store', async (engine) => {
  const encryption = { policy: 'Required' } as const;
  const spec = { engine, members: 1, storage, encryption, deletionPolicy: 'Retain' } as const;
  const store: EncryptedStore = { ...head, kind: 'EncryptedStore', spec };
  const volumes = { storageClasses: [], claims: new Map<string, never>(), workload: undefined };
  const seen = { ...observed, ...volumes, root: 'r', members: 1 };
  await expect(actOnStore(store, seen, { zone: ZONE, offers: OFFERS }, ENGINE_CONTEXT)).rejects.toBe(LOST);
});
