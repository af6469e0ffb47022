import {
  customResourceDefinitions,
  validatingWebhookConfigurations,
  type CustomResourceDefinition,
} from '../../k8s/admission-types.ts';
import { contains } from '../../runtime/apply/contains.ts';
import type { KubeClient } from '../../runtime/client/client.ts';
import type { Logger } from '../../runtime/controller.ts';
import { conversionByWebhook, webhookConfiguration, type Registration } from './configuration.ts';

export interface RegistrarOptions {
  /** Fenced by the lease. */
  client: KubeClient;
  registration: Omit<Registration, 'bundle'>;
  /** Names of the CustomResourceDefinitions that have more than one version. */
  converted: readonly string[];
  /** Whether our address answers with a certificate that this bundle trusts. Never throws. */
  answers: (bundle: string) => Promise<boolean>;
  log: Logger;
  signal: AbortSignal;
}

/** Fills the chart's empty configuration once the webhooks answer: one that does not would refuse every write. */
export class Registrar {
  readonly #options: RegistrarOptions;
  #isMissed = false;

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

  /** Makes the configuration what it shall be. Does nothing while the webhooks cannot be reached and are not registered, either. */
  async register(bundle: string): Promise<void> {
    await this.#registerValidation(bundle);
    for (const name of this.#options.converted) await this.#registerConversion(name, bundle);
  }

  async #registerValidation(bundle: string): Promise<void> {
    const { client, registration, answers, log, signal } = this.#options;
    const wanted = webhookConfiguration({ ...registration, bundle });
    const key = { name: registration.name };
    const live = await client.get(validatingWebhookConfigurations, key, { signal });
    if (live === undefined) {
      // Made and taken away by the chart, so that nothing fail-closed outlives the operator.
      if (!this.#isMissed)
        log.warn('there is no ValidatingWebhookConfiguration', { name: registration.name });
      this.#isMissed = true;
      return;
    }
    this.#isMissed = false;
    if (contains(live, wanted)) return;
    if ((live.webhooks ?? []).length === 0 && !(await answers(bundle))) {
      log.info('the webhooks cannot be reached yet and are not registered', { name: registration.name });
      return;
    }
    await client.apply(wanted, { signal });
    log.info('registered the validating webhook', { name: registration.name });
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
