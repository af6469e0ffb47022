import { admissionAnswer, admissionReview } from './admission-review.ts';
import type { Endpoint } from './server.ts';
import { parseReview } from './validate-endpoint.ts';

const BODY_LIMIT = 8 * 1024 * 1024;

/** `/unwatched`: lets in whatever is made in a namespace that is not watched, and warns that nothing comes of it. */
export function unwatchedEndpoint(): Endpoint {
  return {
    bodyLimit: BODY_LIMIT,
    answer: (body) => {
      const { request } = parseReview(admissionReview, body);
      const warnings = [unwatchedMessage(request.object.metadata.namespace)];
      return Promise.resolve(admissionAnswer(request, { causes: [], warnings }));
    },
  };
}

/** The same words of every operator: the API server shows them once. */
function unwatchedMessage(namespace: string): string {
  return `no operator is known to watch the namespace ${namespace}: nothing is made from this object until one does (chart value watchNamespaces, or the label of a shard)`;
}
