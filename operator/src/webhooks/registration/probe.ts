import { Agent } from 'undici';
import { describe } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/controller.ts';
import type { WebhookAddress } from './configuration.ts';

const TIMEOUT_MS = 3_000;

/** Base URL by which the API server calls; the name is the one that it verifies the certificate against. */
export function urlOf(address: WebhookAddress): string {
  return 'url' in address
    ? address.url
    : `https://${address.service.name}.${address.service.namespace}.svc:443`;
}

/** Whether the webhooks answer through the Service with a trusted certificate, found out before the first user does. */
export async function answers(address: WebhookAddress, bundle: string, log: Logger): Promise<boolean> {
  const agent = new Agent({ connect: { ca: bundle, timeout: TIMEOUT_MS }, allowH2: false });
  try {
    const { body } = await agent.request({
      origin: urlOf(address),
      path: '/validate',
      method: 'GET',
      headersTimeout: TIMEOUT_MS,
    });
    await body.dump();
    return true;
  } catch (error) {
    log.debug('the webhooks do not answer', { error: describe(error) });
    return false;
  } finally {
    await agent.destroy();
  }
}
