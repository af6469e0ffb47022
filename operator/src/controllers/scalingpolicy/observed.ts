import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { Samples } from './demand.ts';

/** Everything that decides about one policy, read at one moment. */
export interface Observed {
  target: HealthcareService | undefined;
  /** Replicas that are in force: decided last, else what runs, else what the service asks for. */
  current: number;
  /** The older policy that decides instead, if there is one. */
  owner: string | undefined;
  /** HorizontalPodAutoscalers that target the same Deployment. */
  foreign: readonly string[];
  samples: Samples;
  /** See {@link ./history.ts}. */
  highestInWindow: number | undefined;
}
