import { entrySchema } from '@careplane/kit';
import type { AuditEntry } from '@careplane/kit';
import { declareTopology } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import amqplib from 'amqplib';
import { z } from 'zod';

const recorded = z.object({ type: z.string(), data: z.object({ entries: z.array(entrySchema) }) });

/** What reaches the audit: the messages of its queue. */
export interface AuditQueue {
  /** All entries up to now that pass, in the order in which they were recorded, once there are so many. */
  entries(about: (entry: AuditEntry) => boolean, atLeast: number): Promise<AuditEntry[]>;
  close(): Promise<void>;
}

/** Takes what is for the service audit at this broker, from now on. */
export async function openAuditQueue(uri: string): Promise<AuditQueue> {
  await declareTopology(uri, { service: 'audit', consumes: ['audit.recorded'] });
  const connection = await amqplib.connect(uri);
  const channel = await connection.createChannel();
  const byId = new Map<string, AuditEntry>();
  const take = async (): Promise<void> => {
    for (;;) {
      const message = await channel.get('audit', { noAck: true });
      if (!message) return;
      const { data } = recorded.parse(JSON.parse(message.content.toString()));
      for (const entry of data.entries) byId.set(entry.id, entry);
    }
  };
  return {
    async entries(about, atLeast): Promise<AuditEntry[]> {
      const found = (): AuditEntry[] =>
        [...byId.values()].filter(about).sort((a, b) => (a.id < b.id ? -1 : 1));
      await until(
        async () => {
          await take();
          return found().length >= atLeast;
        },
        { what: `${String(atLeast)} entries of the audit` },
      );
      return found();
    },
    close: () => connection.close(),
  };
}
