import { escapeHtml } from '@careplane/kit';
import type { Vocabulary } from './vocabulary.ts';
import type { Words } from './words.ts';

/** The narrative of an AuditEvent (hl7.org/fhir/R4/narrative.html): the access in plain words. */
export interface Narrative {
  readonly status: 'generated';
  readonly div: string;
}

export function narrativeOf(
  { who, what, why, outcome, emergency }: Words,
  { recorded, vocabulary }: { readonly recorded: string; readonly vocabulary: Vocabulary },
): Narrative {
  const { code } = vocabulary;
  const sentences = [`${who}. ${what}${why === undefined ? '' : ` (${why})`}: ${outcome}.`, emergency ?? ''];
  const text = sentences.filter((one) => one !== '').map(escapeHtml);
  return {
    status: 'generated',
    div: `<div xmlns="http://www.w3.org/1999/xhtml" lang="${code}" xml:lang="${code}"><p>${escapeHtml(recorded)}: ${text.join(' <b>')}${text.length > 1 ? '</b>' : ''}</p></div>`,
  };
}
