/** The entity tag of a resource's version: weak, as FHIR's `W/"3"` (RFC 9110, 8.8.3; FHIR R4 http.html#concurrency). */
export function etagOf(version: number | string): string {
  return `W/"${String(version)}"`;
}
