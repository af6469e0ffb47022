import { recommendedLabels } from '../k8s/labels.ts';
import type { AnyController } from '../runtime/controller.ts';

/** The same controller; each child that it plans has the labels of contracts.md. */
export function labelled(controller: AnyController): AnyController {
  return {
    ...controller,
    plan: (object, observed) => {
      const plan = controller.plan(object, observed);
      const labels = recommendedLabels(object.metadata.name);
      const children = plan.children.map((child) => ({
        ...child,
        metadata: { ...child.metadata, labels: { ...child.metadata.labels, ...labels } },
      }));
      return { ...plan, children };
    },
  };
}
