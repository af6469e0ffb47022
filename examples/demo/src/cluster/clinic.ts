import { z } from 'zod';
import type { Cluster } from './kubectl-proxy.ts';
import { parseExposition } from './prometheus-text.ts';
import type { Sample } from './prometheus-text.ts';

/** A running pod of a service. */
export interface ServicePod {
  readonly uid: string;
  readonly name: string;
  readonly service: string;
  /** It is terminating and may stop answering at any moment. */
  readonly ending: boolean;
}

const podList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        uid: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
        deletionTimestamp: z.string().optional(),
      }),
      status: z.object({ phase: z.string() }),
    }),
  ),
});
const mailList = z.object({ items: z.array(z.object({ subject: z.string(), text: z.string() })) });
/** An e-mail, as the mail sink keeps it. */
export type Mail = z.infer<typeof mailList>['items'][number];
const secret = z.object({ data: z.record(z.string(), z.string()) });

/** The label of a service's pods (docs/concepts/contracts.md). */
const SERVICE_LABEL = 'careplane.dev/service';

/** The demo's view of the clinic's namespace. */
export class Clinic {
  readonly #cluster: Cluster;
  readonly #base: string;
  readonly #namespace: string;

  constructor(cluster: Cluster, namespace: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
    this.#base = `/api/v1/namespaces/${namespace}`;
  }

  /** The secret of the client `careplane-admin`, which the operator made: whoever may read it is an administrator. */
  async adminClientSecret(): Promise<string> {
    const { data } = secret.parse(JSON.parse(await this.#cluster.get(`${this.#base}/secrets/identity-keys`)));
    const found = data['adminClientSecret'];
    if (found === undefined) throw new Error('the Secret identity-keys has no adminClientSecret');
    return Buffer.from(found, 'base64').toString('utf8');
  }

  /** The e-mails that the mail sink has for an address, the oldest first. */
  async mailsTo(address: string): Promise<Mail[]> {
    const path = `/messages?to=${encodeURIComponent(address)}`;
    return mailList.parse(JSON.parse(await this.#cluster.ask(this.#namespace, 'mail-sink', path))).items;
  }

  /** The running pods of all services. */
  async pods(): Promise<ServicePod[]> {
    const text = await this.#cluster.get(
      `${this.#base}/pods?labelSelector=${encodeURIComponent(SERVICE_LABEL)}`,
    );
    return podList
      .parse(JSON.parse(text))
      .items.filter((pod) => pod.status.phase === 'Running')
      .map(({ metadata }) => ({
        uid: metadata.uid,
        name: metadata.name,
        service: metadata.labels[SERVICE_LABEL] ?? '',
        ending: metadata.deletionTimestamp !== undefined,
      }));
  }

  /** The metrics of one pod. */
  async metrics(pod: ServicePod): Promise<Sample[]> {
    return parseExposition(await this.#cluster.get(`${this.#base}/pods/${pod.name}:9090/proxy/metrics`));
  }
}
