import type { z } from 'zod';
import type { FieldFault } from '../../http/errors.ts';
import { fhirPath } from './elements.ts';

/** An element's name as FHIR writes them; anything else may hold what a person typed and is not repeated. */
const ELEMENT = /^_?[A-Za-z][A-Za-z0-9]{0,63}$/;

/** An answer that lists more helps nobody. */
const MOST_FAULTS = 50;

/** What is wrong in a resource, each with its FHIRPath, such as `Patient.name[0].family`; values are never repeated. */
export function resourceFaults(type: string, error: z.ZodError): FieldFault[] {
  const faults = error.issues.flatMap((issue) => {
    const at = fhirPath(type, issue.path);
    if (issue.code !== 'unrecognized_keys')
      return [{ path: at, message: issue.message, code: codeOf(issue.code) }];
    return issue.keys.map((key) => ({
      path: ELEMENT.test(key) ? `${at}.${key}` : at,
      message: 'R4 has no such element here',
      code: 'structure',
    }));
  });
  return faults.slice(0, MOST_FAULTS);
}

/** Codes of http://hl7.org/fhir/issue-type. */
function codeOf(code: z.core.$ZodIssue['code']): string {
  if (code === 'invalid_type') return 'structure';
  return code === 'custom' ? 'invariant' : 'value';
}
