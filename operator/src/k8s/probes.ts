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
  /** How long `ready` may take: 3 seconds when absent. It is asked no sooner than it may take. */
  answerSeconds?: number;
}

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
      periodSeconds: Math.max(5, answerSeconds),
      failureThreshold: 2,
      timeoutSeconds: answerSeconds,
    },
    // Restarting a busy database makes it worse: only after a minute without any answer.
    livenessProbe: { tcpSocket, periodSeconds: 20, failureThreshold: 3, timeoutSeconds: 10 },
  };
}
