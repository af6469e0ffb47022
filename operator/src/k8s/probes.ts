type Probe = Record<string, unknown>;

interface ProbeChoices {
  /** Name of the port that takes connections as soon as the engine is up. */
  port: string;
  /** How long a start may take. */
  startSeconds: number;
  /** Asks the engine whether its start is over; absent: a port that takes connections is enough. */
  started?: readonly string[];
  /** Asks the engine whether it can serve; absent: a port that takes connections is enough. */
  ready?: readonly string[];
  /** How long `ready` may take: 3 seconds when absent. It ends by itself then, and is asked no sooner. */
  answerSeconds?: number;
}

/**
 * A question that starts a program in the container costs a tenth of a second of CPU, again and again while nobody uses the engine.
 * Clients find out by themselves that it is gone; the probe is for rollouts and for people (seconds).
 */
const ASK_SECONDS = 10;

/** Probes of an engine: its port tells that it is up, its own answers that its start is over and that it may get clients. */
export function engineProbes(choices: ProbeChoices): Record<string, Probe> {
  const { port, startSeconds, started, ready, answerSeconds = 3 } = choices;
  const tcpSocket = { port };
  const asked = (command: readonly string[] | undefined): Probe =>
    command === undefined ? { tcpSocket } : { exec: { command: [...command] } };
  const startup = started === undefined ? {} : { timeoutSeconds: 10 };
  return {
    startupProbe: {
      ...asked(started),
      ...startup,
      periodSeconds: 2,
      failureThreshold: Math.ceil(startSeconds / 2),
    },
    readinessProbe: {
      ...asked(ready),
      periodSeconds: ready === undefined ? 5 : Math.max(ASK_SECONDS, answerSeconds),
      failureThreshold: 2,
      // Above what `ready` takes: what the kubelet cuts off leaves its children behind, as zombies of the engine.
      timeoutSeconds: Math.max(10, answerSeconds),
    },
    // Restarting a busy database makes it worse: only after a minute without any answer.
    livenessProbe: { tcpSocket, periodSeconds: 20, failureThreshold: 3, timeoutSeconds: 10 },
  };
}
