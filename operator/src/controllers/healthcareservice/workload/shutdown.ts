import type { HealthcareServiceSpec } from '../../../api/healthcareservice.ts';
import type { EnvVar } from '../../../k8s/types.ts';

/** How a pod of a service ends. */
export interface Shutdown {
  /** Seconds between the deletion of a pod and its SIGTERM; 0 for one that receives no requests. */
  preStop: number;
  /** What the kit is told of it. */
  environment: EnvVar[];
  /** Seconds until the pod is killed. */
  grace: number;
}

/** Until no new request reaches a pod that is deleted: its endpoint has to disappear on every node (seconds). */
const PRE_STOP = 5;

/**
 * What is left of the kit's own delay then (milliseconds): the endpoints are gone, and answers tell those who keep their connections that
 * they are to be closed. A client that keeps idle connections for less than this never sends on one that the pod closes.
 */
const DELAY_AFTER_PRE_STOP = 3_000;

/** The kit's defaults (services/kit/src/config.ts), in milliseconds. */
const KIT = { SHUTDOWN_DELAY_MS: 5_000, SHUTDOWN_DEADLINE_MS: 35_000 } as const;

/** What a process may need beyond its own deadline (seconds). */
const RESERVE = 4;

/** How the pods of a service end: any image gets its SIGTERM only when no new request is sent to it. Pure. */
export function shutdownOf({ http, ports = [], config = {} }: HealthcareServiceSpec): Shutdown {
  const isReached = http !== undefined || ports.length > 0;
  const preStop = isReached ? PRE_STOP : 0;
  const usual = isReached ? DELAY_AFTER_PRE_STOP : KIT.SHUTDOWN_DELAY_MS;
  const delay = given(config, 'SHUTDOWN_DELAY_MS') ?? usual;
  const deadline = given(config, 'SHUTDOWN_DEADLINE_MS') ?? KIT.SHUTDOWN_DEADLINE_MS;
  return {
    preStop,
    environment:
      isReached && config['SHUTDOWN_DELAY_MS'] === undefined
        ? [{ name: 'SHUTDOWN_DELAY_MS', value: String(DELAY_AFTER_PRE_STOP) }]
        : [],
    grace: preStop + Math.ceil((delay + deadline) / 1000) + RESERVE,
  };
}

/** Milliseconds of the configuration, which admission has checked. */
function given(config: Record<string, string>, name: keyof typeof KIT): number | undefined {
  const text = config[name];
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}
