import { SYNTHEA, toSend, URN } from './resource.ts';
import type { SourceResource } from './resource.ts';

/** Below the 102,400 bytes that a service takes, with room for the Bundle itself. */
const MOST_BYTES = 96_000;
const MOST_ENTRIES = 500;
/** What an entry has beside its resource. */
const ENTRY_BYTES = 400;

/** Cuts resources into lists that fit a Bundle each, in order. */
export function packetsOf(resources: readonly SourceResource[]): (readonly SourceResource[])[] {
  const packets: SourceResource[][] = [];
  let bytes = Infinity;
  for (const resource of resources) {
    const size = Buffer.byteLength(JSON.stringify(resource)) + ENTRY_BYTES;
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
    entry: packet.map((resource) => ({
      fullUrl: `${URN}${resource.id}`,
      resource: toSend(resource, known, (id) => sent.has(id)),
      request: {
        method: 'POST',
        url: resource.resourceType,
        ifNoneExist: `identifier=${SYNTHEA}|${resource.id}`,
      },
    })),
  };
}
