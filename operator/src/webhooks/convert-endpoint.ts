import type { AnyObject } from '../runtime/kube.ts';
import {
  conversionAnswer,
  conversionReview,
  type ConversionOutcome,
} from './conversion/conversion-review.ts';
import type { Conversions } from './conversion/conversions.ts';
import { convert, ConversionFailed } from './conversion/convert.ts';
import type { Endpoint } from './server.ts';
import { parseReview } from './validate-endpoint.ts';

/** A review holds a whole page of a list, and all of a list that is asked for without pages. */
const BODY_LIMIT = 32 * 1024 * 1024;

/** `/convert`: objects of our own kinds between the versions of their API. */
export function convertEndpoint(conversions: Conversions): Endpoint {
  return {
    bodyLimit: BODY_LIMIT,
    answer: (body) => {
      const { uid, desiredAPIVersion, objects } = parseReview(conversionReview, body).request;
      return Promise.resolve(conversionAnswer(uid, outcome(objects, desiredAPIVersion, conversions)));
    },
  };
}

function outcome(
  objects: readonly AnyObject[],
  version: string,
  conversions: Conversions,
): ConversionOutcome {
  try {
    return { converted: objects.map((object) => convert(object, version, conversions)) };
  } catch (error) {
    if (error instanceof ConversionFailed) return { failure: error.message };
    throw error;
  }
}
