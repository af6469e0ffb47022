import { Provider } from 'oidc-provider';
import type { Client } from 'oidc-provider';

/** An interaction that knows the name of the app that has begun it: no page has to look the app up for it. */
export interface NamedInteraction {
  readonly app?: string;
}

/** What models of oidc-provider keep for us beside their own fields: grants their patient, interactions the name of their app. */
export function keepFields({ Grant, Interaction }: Provider): void {
  keep(Grant, 'patient');
  keep(Interaction, 'app');
}

function keep(model: object, field: string): void {
  const { IN_PAYLOAD: fields } = model as { readonly IN_PAYLOAD: readonly string[] };
  Object.defineProperty(model, 'IN_PAYLOAD', { configurable: true, value: [...fields, field] });
}

/** The app of the request that is being answered, as its users are told; nothing outside of oidc-provider. */
export function appNow(): NamedInteraction {
  const client: Client | undefined = Provider.ctx?.oidc.client;
  return client ? { app: client.clientName ?? client.clientId } : {};
}
