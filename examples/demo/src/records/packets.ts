import { SYNTHEA, toSend, URN } from './resource.ts';
import type { SourceResource } from './resource.ts';

/** Below the 102,400 bytes that a service takes, with room for the Bundle itself. */
const MOST_BYTES = 96_000;
const MOST_ENTRIES = 500;

/** Cuts resources into lists that fit a Bundle each, in order. */
export function packetsOf(resources: readonly SourceResource[]): (readonly SourceResource[])[] {
  const packets: SourceResource[][] = [];
  let bytes = Infinity;
  for (const resource of resources) {
    // references are longest while nothing is known
    const longest = entryOf(
      resource,
      () => undefined,
      () => false,
    );
    const size = Buffer.byteLength(JSON.stringify(longest)) + 1;
    const last = packets.at(-1);
    if (last && last.length < MOST_ENTRIES && bytes + size <= MOST_BYTES) {
      last.push(resource);
      bytes += size;
    } else {
      packets.push([resource]);
      bytes = size;
    }
  }
  return packets;
}

/** A transaction that creates what is not there yet. */
export function transactionOf(
  packet: readonly SourceResource[],
  known: (sourceId: string) => string | undefined,
): object {
  const sent = new Set(packet.map(({ id }) => id));
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: packet.map((resource) => entryOf(resource, known, (id) => sent.has(id))),
  };
}

function entryOf(
  resource: SourceResource,
  known: (sourceId: string) => string | undefined,
  isSent: (sourceId: string) => boolean,
): object {
  return {
    fullUrl: `${URN}${resource.id}`,
    resource: toSend(resource, known, isSent),
    request: {
      method: 'POST',
      url: resource.resourceType,
      ifNoneExist: `identifier=${SYNTHEA}|${resource.id}`,
    },
  };
}
