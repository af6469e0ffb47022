import { setTimeout as delay } from 'node:timers/promises';
import type { Clinic } from '../cluster/clinic.ts';

/** A worker may have to start from zero replicas, on a busy machine. */
const DEADLINE_MS = 120_000;
const LINK = /https:\/\/\S+/;

/** Waits for the e-mail that verifies an address, and returns the link in it. @throws when none comes in two minutes */
export async function verificationLink(clinic: Pick<Clinic, 'mailsTo'>, address: string): Promise<URL> {
  const deadline = performance.now() + DEADLINE_MS;
  while (performance.now() < deadline) {
    for (const { text } of await clinic.mailsTo(address)) {
      const link = LINK.exec(text)?.[0];
      if (link !== undefined) return new URL(link);
    }
    await delay(500);
  }
  throw new Error('no e-mail came that verifies an address');
}
