import { until } from '@careplane/testing';
import amqplib from 'amqplib';
import type { GetMessage } from 'amqplib';

/** Takes messages out of a queue until there are `count`; fails after 30 s. */
export async function takeMessages(uri: string, queue: string, count: number): Promise<GetMessage[]> {
  const connection = await amqplib.connect(uri);
  try {
    const channel = await connection.createChannel();
    const found: GetMessage[] = [];
    await until(
      async () => {
        const message = await channel.get(queue, { noAck: true });
        if (message) found.push(message);
        return found.length >= count;
      },
      { what: `${count} messages in ${queue}` },
    );
    return found;
  } finally {
    await connection.close();
  }
}

/** How many messages a queue holds now. */
export async function messageCount(uri: string, queue: string): Promise<number> {
  const connection = await amqplib.connect(uri);
  try {
    const channel = await connection.createChannel();
    return (await channel.checkQueue(queue)).messageCount;
  } finally {
    await connection.close();
  }
}
