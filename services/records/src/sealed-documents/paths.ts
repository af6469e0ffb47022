/** Where the parts of age files are; the kit streams what is below it, as headers are longer than other bodies. */
export const SEALED_DOCUMENTS = '/sealed-documents';

/** A header is ASCII, and for programs alone. */
export const HEADER_TYPE = 'application/octet-stream';
/** A signed note (c2sp.org/signed-note). */
export const NOTE_TYPE = 'text/plain; charset=utf-8';
