import { randomBytes } from 'node:crypto';
import { secrets, type Child, type Secret } from './types.ts';
import { secretText, textSecret } from './secret-data.ts';
import type { Context } from '../runtime/controller.ts';
import { ADOPT_ANNOTATION, RETAIN_ANNOTATION } from '../runtime/keys.ts';

/** 256 bits: nobody guesses it. */
const PASSWORD_BYTES = 32;

/** A new password of letters, digits, `-` and `_`: safe in every URI and file. */
export function newPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}

/** The entry of a Secret as it is, or a new one where there is none. Not written: the plan applies what is returned. */
export async function readOrGenerate(
  context: Pick<Context, 'live'>,
  key: { namespace: string; name: string; entry: string },
  generate: () => string,
): Promise<string> {
  const { namespace, name, entry } = key;
  return secretText(await context.live.get<Secret>(secrets, { namespace, name }), entry) ?? generate();
}

/**
 * As {@link readOrGenerate}, for a Secret that belongs to data: beside data that is there, nothing is made up.
 * @param isInUse whether there is data that was made with it
 */
export async function readOrGenerateOnce(
  context: Pick<Context, 'live'>,
  key: { namespace: string; name: string; entry: string },
  generate: () => string,
  isInUse: boolean,
): Promise<string> {
  const { namespace, name, entry } = key;
  const found = secretText(await context.live.get<Secret>(secrets, { namespace, name }), entry);
  if (found === undefined && isInUse) throw new SecretLost(name, entry);
  return found ?? generate();
}

/** A Secret is gone, and the data that it belongs to is there. */
export class SecretLost extends Error {
  constructor(name: string, entry: string) {
    super(
      `the Secret ${name} with the entry ${entry} is gone, and the volumes that were made with it are there: restore it from a backup, annotated ${ADOPT_ANNOTATION}=true`,
    );
    this.name = 'SecretLost';
  }
}

/** A Secret without which kept data could not be opened: it stays with the data. */
export function rootSecret(
  name: string,
  entries: Record<string, string>,
  deletionPolicy: 'Retain' | 'Delete',
): Child {
  const retained = { annotations: { [RETAIN_ANNOTATION]: 'true' } };
  return textSecret(name, entries, deletionPolicy === 'Retain' ? retained : {});
}

/** A Secret of the Service Binding specification (servicebinding.io, provisioned service). */
export function bindingSecret(name: string, type: string, entries: Record<string, string>): Child {
  const texts = { type, provider: 'careplane', ...entries };
  return textSecret(name, texts, { type: `servicebinding.io/${type}` });
}
