import type { ScalingPolicy } from '../api/scalingpolicy.ts';
import { byAge } from '../k8s/order.ts';

/** The policy that decides for a service: the oldest that targets it. */
export function owningPolicy(service: string, policies: readonly ScalingPolicy[]): ScalingPolicy | undefined {
  return policies
    .filter(({ spec }) => spec.target.service === service)
    .sort(byAge)
    .at(0);
}
