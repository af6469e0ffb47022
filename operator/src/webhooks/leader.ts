import type { LeafRequest } from '../pki/certificate.ts';
import type { KubeClient } from '../runtime/client/client.ts';
import { pause, type Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/controller.ts';
import { describe } from '../runtime/errors.ts';
import { reachThroughApiServer, type Reach } from './registration/probe.ts';
import type { Registration } from './registration/configuration.ts';
import { Registrar } from './registration/registrar.ts';
import { keepCertificate } from './tls/keep-certificate.ts';

export interface LeaderOptions {
  /** Fenced by the lease. */
  client: KubeClient;
  signal: AbortSignal;
  clock: Clock;
  log: Logger;
  /** The operator's own. */
  namespace: string;
  /** What the Secrets of the certificates are named after. */
  service: string;
  leaf: LeafRequest;
  registration: Omit<Registration, 'bundle' | 'username' | 'namespace'>;
  /** Names of the CustomResourceDefinitions that have more than one version. */
  converted: readonly string[];
  /** See Circumstances.overlapMs. */
  overlapMs: number;
  /** Milliseconds between looks once the webhooks are registered. */
  lookEveryMs: number;
  /** Called after each look. */
  onLook: (failed: boolean) => void;
  /** Called with what each probe says. */
  onReach: (reach: Reach) => void;
}

/** Milliseconds between looks until the webhooks are registered. */
const SOON_MS = 1_000;
/** So many looks in a row come soon after each other. */
const EAGER_LOOKS = 60;

/** Keeps certificates and registration up to date while this replica leads. Never rejects; failures are retried. */
export async function leadWebhooks(options: LeaderOptions): Promise<void> {
  const { clock, log, signal, lookEveryMs, onLook } = options;
  let look: (() => Promise<boolean>) | undefined;
  let unsettled = 0;
  while (!signal.aborted) {
    let isSettled = false;
    try {
      look ??= await lookOf(options);
      isSettled = await look();
      onLook(false);
    } catch (error) {
      onLook(true);
      log.warn('certificates or registration of the webhooks cannot be updated', { error: describe(error) });
    }
    unsettled = isSettled ? 0 : unsettled + 1;
    const isEager = unsettled > 0 && unsettled <= EAGER_LOOKS;
    await pause(clock, isEager ? Math.min(SOON_MS, lookEveryMs) : lookEveryMs, signal);
  }
}

/** One look at certificates and registration; resolves to whether the API server reaches the webhooks. */
async function lookOf(options: LeaderOptions): Promise<() => Promise<boolean>> {
  const { client, namespace, converted, clock, log, signal, onReach } = options;
  const registration = { ...options.registration, namespace, username: await whoAmI(client, signal) };
  const registrar = new Registrar({
    client,
    registration,
    converted,
    reach: () => reachThroughApiServer(client, registration, signal),
    log,
    signal,
  });
  return async () => {
    // In this order: the next authority is registered before it signs, and signs once it is registered everywhere.
    const bundle = await keepCertificate(await registrar.registered(), {
      ...options,
      now: () => clock.wall(),
    });
    const reach = await registrar.register(bundle);
    if (reach !== undefined) onReach(reach);
    return reach?.answer === 'reached';
  };
}

/** The operator's own user name at the API server (KEP-3325). Every authenticated user may ask. */
async function whoAmI(client: KubeClient, signal: AbortSignal): Promise<string> {
  const review = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
    metadata: { name: '' },
  };
  const { status } = (await client.create(review, { signal })) as {
    status?: { userInfo?: { username?: string } };
  };
  const username = status?.userInfo?.username;
  if (username === undefined) throw new Error('the API server does not say who we are');
  return username;
}
