/**
 * Numbers as they were written. FHIR's decimal has a precision: 1.10 was measured to the hundredth, 1.1 was not
 * (hl7.org/fhir/R4/datatypes.html#decimal). JavaScript's number has none, so such a number is kept as its text, which `JSON.stringify` writes
 * again (TC39, JSON.parse source text access).
 */

declare global {
  interface JSON {
    rawJSON(text: string): ExactNumber;
    isRawJSON(value: unknown): value is ExactNumber;
  }
}

/** A number whose text a JavaScript number would not give back. */
export interface ExactNumber {
  readonly rawJSON: string;
}

/** A text without these holds no such number: reading every number's text is several times slower. */
const SUSPECT = /[:[,]\s*(?:-?\d+\.\d*0(?=[\s,}\]])|-?\d+(?:\.\d+)?[eE]|-?[\d.]{16}|-?0\.000000|-0)/;

/** Whether `JSON.parse` may lose something of the text. */
export function mayLose(text: string): boolean {
  return SUSPECT.test(text);
}

/** As `JSON.parse`; a number that would lose something is an `ExactNumber`. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  return mayLose(text) ? JSON.parse(text, keepText) : JSON.parse(text);
}

function keepText(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  return JSON.rawJSON(source);
}

/** Whether a value is a number, exact or not. */
export function isNumber(value: unknown): value is number | ExactNumber {
  return JSON.isRawJSON(value) ? !Number.isNaN(Number(value.rawJSON)) : typeof value === 'number';
}
