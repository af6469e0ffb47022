import { LineSplitter } from '@careplane/operator/runtime/client/lines';
import type { Transport } from '@careplane/operator/runtime/client/transport';
import { pause } from '@careplane/operator/runtime/clock';
import { describe, isStatus } from '@careplane/operator/runtime/errors';
import { commandClock as clock } from '@careplane/operator/runtime/clock';
import { Cursor } from './cursor.ts';
import { parseLine, type LogLine } from './line.ts';
import { logPath, type LogSelection, type Pod } from './read-logs.ts';

export interface Following {
  transport: Transport;
  /** The pods as they are now. */
  list: () => Promise<Pod[]>;
  onLine: (line: LogLine) => void;
  /** Each problem is printed once, not at every look. */
  onTrouble: (text: string) => void;
  signal: AbortSignal;
  /** Milliseconds between looks for new pods. */
  lookMs?: number;
}

/** One pod's log, which may end and go on: its container is started again, its node comes back. */
interface Followed {
  selection: LogSelection;
  cursor: Cursor;
  isOpen: boolean;
}

/**
 * Follows the logs of all pods, also of those that come later, until the signal. Nothing that one pod or one look for pods fails with ends
 * it, but for the first look: whoever may not look need not wait. @throws what the first look throws
 */
export async function followLogs(following: Following, selection: LogSelection): Promise<void> {
  const { signal, lookMs = 2_000 } = following;
  const onTrouble = onceEach(following.onTrouble);
  const known = new Map<string, Followed>();
  const reading = new Set<Promise<void>>();
  let found = await following.list();
  while (!signal.aborted) {
    // The pods of the first look are shown as was asked for, one that comes later from its start.
    const isFirst = known.size === 0;
    for (const pod of found) {
      const id = pod.metadata.uid ?? pod.metadata.name;
      const followed = known.get(id) ?? {
        selection: isFirst ? selection : {},
        cursor: new Cursor(),
        isOpen: false,
      };
      known.set(id, followed);
      if (followed.isOpen) continue;
      followed.isOpen = true;
      const read = followLog({ ...following, onTrouble }, pod, followed).finally(() => {
        followed.isOpen = false;
        reading.delete(read);
      });
      reading.add(read);
    }
    await pause(clock, lookMs, signal);
    found = await look(following, onTrouble, found);
  }
  await Promise.all(reading);
}

/** The pods as they are now; as they were, when they cannot be had. */
async function look(
  { list, signal }: Following,
  onTrouble: (text: string) => void,
  before: Pod[],
): Promise<Pod[]> {
  if (signal.aborted) return before;
  try {
    return await list();
  } catch (error) {
    onTrouble(`new pods are not seen: ${describe(error)}`);
    return before;
  }
}

async function followLog(following: Following, pod: Pod, { cursor, selection }: Followed): Promise<void> {
  const { signal, onLine, onTrouble } = following;
  const { sinceTime } = cursor;
  const from = sinceTime === undefined ? selection : { sinceTime };
  try {
    for await (const line of linesOf(following, pod, from)) if (cursor.takes(line)) onLine(line);
  } catch (error) {
    // Stopped by the user, or the pod went: both end its log.
    if (!signal.aborted && !isStatus(error, 404)) onTrouble(`${pod.metadata.name}: ${describe(error)}`);
  }
}

async function* linesOf(
  { transport, signal }: Following,
  pod: Pod,
  from: LogSelection,
): AsyncGenerator<LogLine> {
  const path = logPath(pod, { ...from, follow: true });
  const request = { method: 'GET', path, idempotent: true, verb: 'get', resource: 'log', signal } as const;
  const lines = new LineSplitter();
  for await (const chunk of (await transport.stream(request)).body)
    for (const raw of lines.push(chunk)) {
      const line = parseLine(raw, pod.metadata.name);
      if (line !== undefined) yield line;
    }
}

function onceEach(tell: (text: string) => void): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (told.has(text)) return;
    told.add(text);
    tell(text);
  };
}
