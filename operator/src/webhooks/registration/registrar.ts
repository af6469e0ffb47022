import {
  customResourceDefinitions,
  validatingWebhookConfigurations,
  type CustomResourceDefinition,
  type ValidatingWebhookConfiguration,
} from '../../k8s/admission-types.ts';
import { contains } from '../../runtime/apply/contains.ts';
import type { KubeClient } from '../../runtime/client/client.ts';
import type { Logger } from '../../runtime/controller.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import {
  conversionByWebhook,
  WEBHOOK_NAME,
  webhookConfiguration,
  type Registration,
} from './configuration.ts';
import type { Reach } from './probe.ts';

export interface RegistrarOptions {
  /** Fenced by the lease. */
  client: KubeClient;
  registration: Omit<Registration, 'bundle'>;
  /** Names of the CustomResourceDefinitions that have more than one version. */
  converted: readonly string[];
  /** Asks whether the API server reaches the webhooks with what is registered now. */
  reach: () => Promise<Reach>;
  log: Logger;
  signal: AbortSignal;
}

/** One failure may be a pod that ends while the API server asks it. */
const FAILURES_BEFORE_WITHDRAWAL = 2;

/** Fills the chart's empty configuration while the API server reaches the webhooks: when it does not, every write would be refused. */
export class Registrar {
  readonly #options: RegistrarOptions;
  #isMissed = false;
  /** Probes in a row that did not reach us. */
  #failures = 0;

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  /** PEM of what the API server trusts now, at each place where it knows us; empty when it does not call us. */
  async registered(): Promise<string[]> {
    const { client, registration, converted, signal } = this.#options;
    const key = { name: registration.name };
    const configuration = await client.get(validatingWebhookConfigurations, key, { signal });
    const bundles = [configuration?.webhooks?.[0]?.clientConfig?.caBundle];
    for (const name of converted) bundles.push(bundleOf(await this.#definition(name)));
    return bundles
      .filter((bundle) => bundle !== undefined)
      .map((bundle) => Buffer.from(bundle, 'base64').toString('utf8'));
  }

  /** Makes the configuration what it shall be; resolves to what the probe says, `undefined` when there is none to fill in. */
  async register(bundle: string): Promise<Reach | undefined> {
    const reach = await this.#registerValidation(bundle);
    for (const name of this.#options.converted) await this.#registerConversion(name, bundle);
    return reach;
  }

  async #registerValidation(bundle: string): Promise<Reach | undefined> {
    const { client, registration, reach, signal } = this.#options;
    const live = await client.get(validatingWebhookConfigurations, { name: registration.name }, { signal });
    if (live === undefined) {
      this.#miss();
      return undefined;
    }
    this.#isMissed = false;
    const isRegistered = live.webhooks?.some(({ name }) => name === WEBHOOK_NAME) === true;
    // The probe first, and on a registration that is there the bundle.
    const known = webhookConfiguration({ ...registration, bundle }, { isReached: isRegistered });
    if (!isSame(live, known)) await client.apply(known, { signal });
    const found = await reach();
    const isReached = this.#judge(found, isRegistered);
    if (isReached !== isRegistered) await this.#change(bundle, isReached);
    return found;
  }

  /** Made and taken away by the chart, so that nothing fail-closed outlives the operator. */
  #miss(): void {
    const { log, registration } = this.#options;
    if (!this.#isMissed) log.warn('there is no ValidatingWebhookConfiguration', { name: registration.name });
    this.#isMissed = true;
  }

  /** Whether users' objects are to be judged, after this probe. */
  #judge(reach: Reach, isRegistered: boolean): boolean {
    const { log } = this.#options;
    if (reach.answer === 'unheard') return isRegistered;
    if (reach.answer === 'reached') {
      this.#failures = 0;
      return true;
    }
    if (this.#failures === 0)
      log.warn('the API server does not reach the webhooks', { problem: reach.problem, isRegistered });
    this.#failures++;
    return isRegistered && this.#failures < FAILURES_BEFORE_WITHDRAWAL;
  }

  async #change(bundle: string, isReached: boolean): Promise<void> {
    const { client, registration, log, signal } = this.#options;
    const { name } = registration;
    await client.apply(webhookConfiguration({ ...registration, bundle }, { isReached }), { signal });
    if (isReached) log.info('registered the validating webhook', { name });
    else
      log.error('withdrew the validating webhook, which refused every write: nothing is validated', { name });
  }

  /** The CRD holds the strategy; the operator adds the bundle. */
  async #registerConversion(name: string, bundle: string): Promise<void> {
    const { client, registration, log, signal } = this.#options;
    const { apiVersion, kind } = customResourceDefinitions;
    const conversion = conversionByWebhook(registration.address, bundle);
    const wanted = { apiVersion, kind, metadata: { name }, spec: { conversion } };
    if (contains(await this.#definition(name), wanted)) return;
    await client.apply(wanted, { signal });
    log.info('registered the conversion webhook', { name });
  }

  #definition(name: string): Promise<CustomResourceDefinition | undefined> {
    const { client, signal } = this.#options;
    return client.get(customResourceDefinitions, { name }, { signal });
  }
}

function bundleOf(definition: CustomResourceDefinition | undefined): string | undefined {
  return definition?.spec.conversion?.webhook?.clientConfig?.caBundle;
}

/** Whether all that we own is live, in whatever order the API server keeps it. */
function isSame(live: ValidatingWebhookConfiguration, wanted: AnyObject): boolean {
  const webhooks = wanted['webhooks'] as { name: string }[];
  if (live.webhooks?.length !== webhooks.length) return false;
  return webhooks.every((webhook) =>
    contains(
      live.webhooks?.find(({ name }) => name === webhook.name),
      webhook,
    ),
  );
}
