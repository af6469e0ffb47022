import { isShareable } from '@careplane/access';
import type { Share } from '@careplane/access';
import type { Consent } from '@careplane/kit';
import { conditionsOf, NO_CONDITIONS } from './conditions.ts';
import type { Provision, Reader } from './conditions.ts';

/** What a consent shares, of its patient. */
export type ConsentedShare = Omit<Share, 'patient'>;

/** Each is a value in the query of every search of who it is shared with. */
const MOST_RESOURCES = 100;

const RESOURCE = /^([A-Za-z]+)\/[A-Za-z0-9.-]{1,64}$/;
const RECIPIENT = /^(Practitioner|Patient|Organization)\//;

/** What a share cannot have: nobody enforces it. */
const NOT_ENFORCED = ['securityLabel', 'action', 'code', 'dataPeriod', 'provision'] as const;

/**
 * Reads what a consent of the category `share` shares: resources by reference (`data`) or all of types (`class`), with whom it names, until
 * a day. @returns nothing without an end, which is a fault like others
 */
export function readShare(
  reader: Reader,
  { policyRule, provision = {} }: Consent,
): ConsentedShare | undefined {
  if (policyRule)
    reader.fault('policyRule', 'a share has none, but a policy: it permits what it names and nothing else');
  if (provision.type !== 'permit') reader.fault('provision.type', 'permit');
  for (const element of NOT_ENFORCED) {
    if (provision[element] !== undefined) reader.fault(`provision.${element}`, 'a share cannot have it');
  }
  const outer = { path: 'provision', outer: NO_CONDITIONS };
  const { recipients, purposes, from, until } = conditionsOf(reader, provision, outer);
  requireRecipients(reader, recipients);
  const resources = resourcesOf(reader, provision);
  if (until !== undefined)
    return { recipients, purposes, resources, ...(from === undefined ? {} : { from }), until };
  reader.fault('provision.period.end', 'a share has an end');
  return undefined;
}

function requireRecipients(reader: Reader, recipients: readonly string[]): void {
  if (recipients.length === 0) reader.fault('provision.actor', 'with whom it is shared');
  for (const [at, recipient] of recipients.entries()) {
    if (recipient !== '' && !RECIPIENT.test(recipient))
      reader.fault(`provision.actor[${String(at)}].reference`, 'a Practitioner, Patient or Organization');
  }
}

function resourcesOf(reader: Reader, { data, class: classes }: Provision): string[] {
  if ((data === undefined) === (classes === undefined))
    reader.fault('provision.data', 'either data or class');
  const named = (data ?? []).map((one, at) => namedIn(reader, one, `provision.data[${String(at)}]`));
  const types = (classes ?? []).map(({ code = '' }, at) => {
    if (!isShareable(code)) reader.fault(`provision.class[${String(at)}]`, 'a type of the record');
    return code;
  });
  const resources = [...new Set([...named, ...types])];
  if (resources.length > MOST_RESOURCES) reader.fault('provision.data', `at most ${String(MOST_RESOURCES)}`);
  return resources;
}

function namedIn(
  reader: Reader,
  { meaning, reference: { reference = '' } }: NonNullable<Provision['data']>[number],
  path: string,
): string {
  if (meaning !== 'instance') reader.fault(`${path}.meaning`, 'instance');
  if (!isShareable(RESOURCE.exec(reference)?.[1] ?? ''))
    reader.fault(`${path}.reference`, 'a resource of the record, such as DocumentReference/<id>');
  return reference;
}
