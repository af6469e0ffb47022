import { randomBytes } from 'node:crypto';
import { LABEL } from '../../api/group.ts';
import { encryptedStores, type EncryptedStore } from '../../api/encryptedstore.ts';
import { healthcareServices } from '../../api/healthcareservice.ts';
import { CredentialsKept } from '../../engines/credentials.ts';
import { readMembers } from '../../engines/mongodb/converge.ts';
import type { Authorities } from '../../pki/authority.ts';
import { observeCertificate, usableCertificate } from '../../pki/server-certificate.ts';
import { formerUsers } from '../../graph/pod-edges.ts';
import { DependencyDown, type Context } from '../../runtime/controller.ts';
import { describe } from '../../runtime/errors.ts';
import { isStaying } from '../../runtime/cache/staying.ts';
import { claimedMembers, claimsByPod } from '../../k8s/claims.ts';
import { certificateNames, type Zone } from '../../k8s/dns-names.ts';
import { newPassword, readOrGenerateOnce, SecretLost } from '../../k8s/generated-text.ts';
import { statefulSets, storageClasses } from '../../k8s/types.ts';
import { enginePods, podIndex, startedPods } from '../../k8s/pods.ts';
import { memberAddress, rootSecretEntry, rootSecretName, storeSelector } from '../../engines/store-names.ts';
import { reservedAccount } from '../../names/reserved-name.ts';
import { refusalOf } from '../../k8s/refused-pods.ts';
import { readLogins } from '../providers.ts';
import type { Observed } from './observed.ts';

/** 6 to 1024 characters of base64 (https://www.mongodb.com/docs/manual/core/security-internal-authentication/#keyfiles). */
const KEYFILE_BYTES = 384;

/** Reads what decides about a store; makes secrets and certificates up where there are none, which the plan then applies. */
export async function observe(
  store: EncryptedStore,
  context: Context,
  authorities: Authorities,
  { zone, graceMs }: { zone: Zone; graceMs: number },
): Promise<Observed> {
  const { cache } = context;
  const { name } = store.metadata;
  const { namespace } = zone;
  const dnsNames = certificateNames(name, { headless: name }, zone);
  const certificate = await observeCertificate(
    authorities,
    { namespace, name, dnsNames, ipAddresses: ['127.0.0.1'] },
    context,
  );
  const claims = claimsByPod(cache, namespace, storeSelector(store));
  const root = await readRoot(store, context, claims.size > 0);
  const edges = cache
    .list(healthcareServices, namespace)
    .filter((service) => isStaying(service))
    .flatMap(({ metadata, spec }) =>
      (spec.stores ?? [])
        .filter((edge) => edge.store === name)
        .map((edge) => ({ ...edge, service: metadata.name })),
    )
    .filter(({ service }) => reservedAccount(store.spec.engine, service) === undefined);
  const services = edges.map(({ service }) => service).sort();
  const running = cache.list(enginePods, namespace, { [LABEL.store]: name });
  const observed = {
    services,
    insertOnly: new Map(
      edges
        .filter(({ access }) => access === 'InsertOnly')
        .map(({ service, mutableCollections = [] }) => [service, mutableCollections]),
    ),
    formerServices: formerUsers(store, services, cache),
    ...(await readLogins(
      { type: encryptedStores, engine: store.spec.engine, provider: store, services, graceMs },
      context,
    )),
    root,
    certificate: usableCertificate(certificate),
    storageClasses: cache.list(storageClasses),
    claims,
    pods: running,
    workload: cache.get(statefulSets, { namespace, name }),
  };
  const members = await membersNow(store, observed, context, zone);
  const refusal = refusalOf({ set: name, namespace, replicas: members, pods: running }, cache);
  return { ...observed, members, refusal };
}

/** @throws DependencyDown when it is gone though there is data that belongs to it */
async function readRoot(store: EncryptedStore, context: Context, hasData: boolean): Promise<string> {
  const { namespace = '', name } = store.metadata;
  const key = { namespace, name: rootSecretName(store), entry: rootSecretEntry(store) };
  const generate = store.spec.engine === 'mongodb' ? newKeyfile : newPassword;
  try {
    return await readOrGenerateOnce(context, key, generate, hasData);
  } catch (error) {
    if (!(error instanceof SecretLost)) throw error;
    const condition = CredentialsKept.because('SecretLost', error.message);
    throw new DependencyDown(`the Secret of ${namespace}/${name}`, condition, error);
  }
}

function newKeyfile(): string {
  return randomBytes(KEYFILE_BYTES).toString('base64');
}

/** A StatefulSet shrinks only after the replica set has removed the last members; while nobody answers, it keeps its size. */
async function membersNow(
  store: EncryptedStore,
  { pods: running, root, certificate, workload, claims }: Omit<Observed, 'members' | 'refusal'>,
  { log }: Context,
  zone: Zone,
): Promise<number> {
  const { name } = store.metadata;
  const present = workload?.spec?.replicas ?? claimedMembers(claims);
  const wanted = store.spec.members;
  if (store.spec.engine !== 'mongodb' || present <= wanted) return wanted;
  const reachable = startedPods(running).map((pod) => memberAddress(store, podIndex(pod), zone));
  try {
    const members = new Set(await readMembers(reachable, { ca: certificate.bundle, keyfile: root }));
    const highest = Array.from({ length: present }, (_, index) => index).findLast((index) =>
      members.has(memberAddress(store, index, zone)),
    );
    return highest === undefined ? present : Math.max(wanted, highest + 1);
  } catch (error) {
    log.warn('members cannot be read, so none is removed', { store: name, error: describe(error) });
    return present;
  }
}
