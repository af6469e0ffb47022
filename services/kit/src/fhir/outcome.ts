import type { FieldFault, HttpProblem } from '../http/errors.ts';
import type { Resource } from './resource.ts';

export const FHIR_JSON = 'application/fhir+json';

/** Whether a path is below `/fhir`, where every error is an OperationOutcome. */
export function isFhirPath(url: string): boolean {
  return /^\/fhir(?:[/?]|$)/.test(url);
}

/** One issue of an OperationOutcome (hl7.org/fhir/R4/operationoutcome.html). */
export interface OutcomeIssue {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information';
  /** A code of http://hl7.org/fhir/issue-type. */
  readonly code: string;
  readonly details?: {
    readonly text: string;
    readonly coding?: readonly { readonly system: string; readonly code: string }[];
  };
  /** FHIRPath of the element, such as `Patient.name[0].family`; `http.<name>` for a parameter or header. */
  readonly expression?: readonly string[];
}

/** Codes that programs tell refusals apart by: the extension `code` of a problem. */
const DETAIL_SYSTEM = 'https://careplane.dev/fhir/CodeSystem/detail';

/** An OperationOutcome of issues. */
export function operationOutcome(issues: readonly OutcomeIssue[]): Resource {
  return { resourceType: 'OperationOutcome', issue: issues };
}

/** The OperationOutcome of an error: an issue for each field that is wrong, else one. It repeats no value. */
export function outcomeOf(problem: HttpProblem): Resource {
  const { errors, code } = problem.extensions;
  if (Array.isArray(errors) && errors.length > 0) {
    return operationOutcome((errors as FieldFault[]).map(issueOfFault));
  }
  return operationOutcome([
    {
      severity: problem.status === 500 ? 'fatal' : 'error',
      code: codeOf(problem.status),
      details: {
        text: problem.detail ?? problem.title,
        ...(typeof code === 'string' ? { coding: [{ system: DETAIL_SYSTEM, code }] } : {}),
      },
    },
  ]);
}

function issueOfFault({ path, message, code }: FieldFault & { readonly code?: string }): OutcomeIssue {
  return { severity: 'error', code: code ?? 'invalid', details: { text: message }, expression: [path] };
}

const CODES: Readonly<Record<number, string>> = {
  401: 'login',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-supported',
  406: 'not-supported',
  409: 'conflict',
  410: 'deleted',
  412: 'conflict',
  413: 'too-long',
  415: 'not-supported',
  422: 'processing',
  428: 'required',
  429: 'throttled',
  503: 'transient',
  504: 'timeout',
};

function codeOf(status: number): string {
  return CODES[status] ?? (status >= 500 ? 'exception' : 'invalid');
}
