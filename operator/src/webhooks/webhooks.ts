import { GROUP } from '../api/group.ts';
import { kinds } from '../api/kinds.ts';
import type { Offers } from '../engines/versions/offers.ts';
import { secrets } from '../k8s/types.ts';
import type { LeafRequest } from '../pki/certificate.ts';
import type { KubeClient } from '../runtime/client/client.ts';
import { pause, systemClock, type Clock } from '../runtime/clock.ts';
import type { Runnable } from '../runtime/runnable.ts';
import type { Logger } from '../runtime/controller.ts';
import type { Informers } from '../runtime/cache/informers.ts';
import type { AnyObject, ObjectKey, ResourceType } from '../runtime/kube.ts';
import { withFields } from '../runtime/telemetry/log.ts';
import type { Metrics } from '../runtime/telemetry/metrics.ts';
import { type Conversions, conversions as ownConversions } from './conversion/conversions.ts';
import { convertEndpoint } from './convert-endpoint.ts';
import { leadWebhooks } from './leader.ts';
import { WebhookMetrics } from './metrics.ts';
import { probeEndpoint } from './probe-endpoint.ts';
import { migrateWhileLeading } from './migration/leader.ts';
import type { WebhookAddress } from './registration/configuration.ts';
import { startWebhookServer, type WebhookServer } from './server.ts';
import { servedSecretName } from './tls/keep-certificate.ts';
import { CertificateReloader } from './tls/certificate-reloader.ts';
import { unwatchedEndpoint } from './unwatched-endpoint.ts';
import { validateEndpoint } from './validate-endpoint.ts';

export interface WebhookOptions {
  /** Address to listen on; absent: all. */
  host?: string | undefined;
  /** 0: any free port. */
  port: number;
  /** The address for the API server, from the port that is listened on. */
  address(port: number): WebhookAddress;
  /** Name of the ValidatingWebhookConfiguration. */
  configuration: string;
  /** The operator's own, where the certificates are. */
  namespace: string;
  /** What the Secrets of the certificates are named after: the Service. */
  service: string;
  /** Namespaces that are watched; empty: all. */
  namespaces: readonly string[];
  /** Label selector over namespaces, as in `kubectl -l`; empty: all. */
  namespaceSelector?: string;
  /** Ports of the nodes that Services can have: `30000-32767`. */
  nodePortRange: string;
  /** What there is of engines. */
  offers: Offers;
  log: Logger;
  metrics: Metrics;
  clock?: Clock;
  random?: () => number;
  conversions?: Conversions;
  /** Milliseconds for which a new authority is trusted before it signs. */
  overlapMs?: number;
  /** Milliseconds between looks: of the leader after certificates and registration, of every replica after its certificate. */
  lookEveryMs?: number;
  reloadEveryMs?: number;
  /** Milliseconds for which a stopping server still answers: endpoints that name it are withdrawn meanwhile. */
  lingerMs?: number;
}

const OVERLAP_MS = 600_000;
const LOOK_EVERY_MS = 20_000;
const RELOAD_EVERY_MS = 10_000;
const LINGER_MS = 5_000;
/** One object, read while a user waits. */
const LOOKUP = { timeoutMs: 1_500, attempts: 1 };

/** The webhooks of one replica: every replica serves, the leader keeps certificates, registration and storage versions. */
export class Webhooks implements Runnable {
  readonly #options: WebhookOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #metrics: WebhookMetrics;
  #server: WebhookServer | undefined;
  #reloader: CertificateReloader | undefined;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = withFields(options.log, { part: 'webhooks' });
    this.#metrics = new WebhookMetrics(options.metrics.registry);
  }

  /** Port that is listened on; 0 before the start. */
  get port(): number {
    return this.#server?.port ?? 0;
  }

  async start({ client, informers }: { client: KubeClient; informers: Informers }): Promise<void> {
    const { namespace, service, conversions = ownConversions, nodePortRange, offers } = this.#options;
    const { reloadEveryMs = RELOAD_EVERY_MS } = this.#options;
    const context = {
      cache: informers,
      lookup: (type: ResourceType, key: ObjectKey) => client.get(type, key, LOOKUP),
      nodePorts: {
        range: nodePortRange,
        dryRun: (object: AnyObject) => client.dryRun(object, LOOKUP),
      },
      offers,
      log: this.#log,
    };
    const server = await startWebhookServer({
      ...this.#options,
      log: this.#log,
      endpoints: {
        '/validate': validateEndpoint(context),
        '/convert': convertEndpoint(conversions),
        '/probe': probeEndpoint(),
        '/unwatched': unwatchedEndpoint(),
      },
      onRequest: (path, status, seconds) => {
        this.#metrics.requests.observe({ path, code: String(status) }, seconds);
      },
    });
    this.#server = server;
    this.#reloader = new CertificateReloader({
      read: () => client.get(secrets, { namespace, name: servedSecretName(service) }),
      use: (pair) => {
        server.use(pair);
      },
      clock: this.#clock,
      log: this.#log,
      everyMs: reloadEveryMs,
    });
    this.#reloader.start();
  }

  failing(): string[] {
    const problem = this.#reloader?.failing() ?? (this.#server === undefined ? 'not started' : undefined);
    this.#metrics.certificateExpires.set((this.#reloader?.expires ?? 0) / 1_000);
    return problem === undefined ? [] : [`webhooks are not served: ${problem}`];
  }

  async lead({ client, signal }: { client: KubeClient; signal: AbortSignal }): Promise<void> {
    const { configuration, namespace, service, namespaces, namespaceSelector } = this.#options;
    const { conversions = ownConversions } = this.#options;
    const { overlapMs = OVERLAP_MS, lookEveryMs = LOOK_EVERY_MS, random = Math.random } = this.#options;
    const address = this.#options.address(this.port);
    const shared = { client, signal, clock: this.#clock, log: this.#log };
    await Promise.all([
      leadWebhooks({
        ...shared,
        namespace,
        service,
        leaf: leafOf(address),
        registration: { name: configuration, address, namespaces, namespaceSelector },
        converted: convertedNames(conversions),
        overlapMs,
        lookEveryMs,
        onLook: (failed) => {
          this.#metrics.registrationFailing.set(failed ? 1 : 0);
        },
        onReach: ({ answer }) => {
          this.#metrics.unreachable.set(answer === 'unreachable' ? 1 : 0);
        },
      }),
      migrateWhileLeading({ ...shared, random, isEverywhere: namespaces.length === 0 }),
    ]);
    // The next leader reports its own failures; this replica's must not stay in the metric.
    this.#metrics.registrationFailing.set(0);
    this.#metrics.unreachable.set(0);
  }

  async stop(): Promise<void> {
    const { lingerMs = LINGER_MS } = this.#options;
    await this.#reloader?.stop();
    await pause(this.#clock, lingerMs);
    await this.#server?.stop();
  }
}

/** Names of the CRDs of the kinds that have more than one version: only their conversion is a webhook's. */
function convertedNames(conversions: Conversions): string[] {
  return kinds
    .filter(({ kind }) => Object.keys(conversions[kind] ?? {}).length > 0)
    .map(({ plural }) => `${plural}.${GROUP}`);
}

function leafOf(address: WebhookAddress): LeafRequest {
  if ('service' in address) {
    const { name, namespace } = address.service;
    return { name, dnsNames: [`${name}.${namespace}.svc`], ipAddresses: [] };
  }
  const { hostname } = new URL(address.url);
  const isIp = /^[0-9.]+$/.test(hostname) || hostname.startsWith('[');
  const name = hostname.replaceAll(/[[\]]/g, '');
  return { name, dnsNames: isIp ? [] : [name], ipAddresses: isIp ? [name] : [] };
}
