/**
 * A text as FHIR compares strings: without case, accents and repeated white space. What is stored for a search and what is
 * searched for both go through it.
 */
export function normalizeText(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll(/\s+/gu, ' ')
    .trim();
}
