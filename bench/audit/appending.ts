import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditLog, NewEntry } from '../../services/audit/src/log/index.ts';

/** Bytes of a sealed record: an entry of JSON with its key and nonce. */
const RECORD_BYTES = 600;
/** Entries that come in one message. */
const GROUP = 10;

export interface Appended {
  readonly entries: number;
  readonly seconds: number;
  /** CPU of the whole process, in seconds. */
  readonly cpu: number;
  /** Milliseconds from append to the signed checkpoint on a majority, of each group. */
  readonly latencies: readonly number[];
}

/** Appends so many entries a second, whether earlier ones are in the log or not. */
export async function appendAt(rate: number, seconds: number, log: AuditLog): Promise<Appended> {
  return measured(async (appendGroup) => {
    const groups = (rate * seconds) / GROUP;
    const begin = performance.now();
    const all: Promise<void>[] = [];
    for (let at = 0; at < groups; at += 1) {
      const early = begin + (at * GROUP * 1000) / rate - performance.now();
      if (early > 0) await delay(early);
      all.push(appendGroup(log));
    }
    await Promise.all(all);
  });
}

/** Appends as fast as it goes, so many groups at a time. */
export async function appendAtFull(concurrency: number, seconds: number, log: AuditLog): Promise<Appended> {
  return measured(async (appendGroup) => {
    const until = performance.now() + seconds * 1000;
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (performance.now() < until) await appendGroup(log);
      }),
    );
  });
}

async function measured(
  work: (appendGroup: (log: AuditLog) => Promise<void>) => Promise<void>,
): Promise<Appended> {
  const latencies: number[] = [];
  const [begin, cpu] = [performance.now(), process.cpuUsage()];
  await work(async (log) => {
    const since = performance.now();
    await log.append(Array.from({ length: GROUP }, newEntry));
    latencies.push(performance.now() - since);
  });
  const { user, system } = process.cpuUsage(cpu);
  return {
    entries: latencies.length * GROUP,
    seconds: (performance.now() - begin) / 1000,
    cpu: (user + system) / 1e6,
    latencies,
  };
}

function newEntry(): NewEntry {
  return {
    id: randomUUID(),
    sealed: randomBytes(RECORD_BYTES),
    index: { recorded: new Date(), action: 'read' },
  };
}
