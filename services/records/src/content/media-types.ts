import { fileTypeFromBuffer } from 'file-type';
import { AGE_TYPE } from './age-file.ts';

/** So many bytes at the beginning tell the type of a content. */
export const SNIFFED_BYTES = 4_100;

/**
 * What is taken unless the service is told otherwise, each with what its first bytes are recognised as; none where the bytes have no
 * signature. HTML, SVG and scripts are not among them: a browser would run them.
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'application/pdf': ['application/pdf'],
  'application/dicom': ['application/dicom'],
  'application/xml': ['application/xml'],
  'application/hl7-cda+xml': ['application/xml'],
  'application/json': [],
  'application/fhir+json': [],
  [AGE_TYPE]: [],
  'image/jpeg': ['image/jpeg'],
  'image/png': ['image/png'],
  'image/tiff': ['image/tiff'],
  'text/plain': [],
  'text/csv': [],
  'text/rtf': ['application/rtf'],
  'audio/mpeg': ['audio/mpeg'],
  'video/mp4': ['video/mp4'],
};

/** The names of all that can be taken. */
export const MEDIA_TYPES: readonly string[] = Object.keys(KNOWN);

/** The first line of each file of age (c2sp.org/age). */
const AGE = Buffer.from('age-encryption.org/v1\n');

/** The media types that are taken. */
export interface MediaTypes {
  /** The type without parameters, in lower case, if it is taken. */
  accepted(contentType: string): string | undefined;
  /** Whether content that begins like this may be of the type. */
  fits(type: string, beginning: Uint8Array): Promise<boolean>;
}

/** @throws TypeError when a type is among those that are taken of which nothing is known here */
export function mediaTypes(allowed: readonly string[] = MEDIA_TYPES): MediaTypes {
  const unknown = allowed.filter((type) => !Object.hasOwn(KNOWN, type));
  if (unknown.length > 0) throw new TypeError(`media types that cannot be recognised: ${unknown.join(', ')}`);
  const taken = new Set(allowed);
  return {
    accepted(contentType) {
      const [type = ''] = contentType.toLowerCase().split(';');
      return taken.has(type.trim()) ? type.trim() : undefined;
    },
    async fits(type, beginning) {
      const signatures = KNOWN[type] ?? [];
      if (type === AGE_TYPE) return beginsWith(beginning, AGE);
      const recognised = (await fileTypeFromBuffer(beginning))?.mime;
      if (signatures.length > 0) return recognised !== undefined && signatures.includes(recognised);
      return recognised === undefined && isText(beginning);
    },
  };
}

function beginsWith(bytes: Uint8Array, beginning: Buffer): boolean {
  return beginning.equals(bytes.subarray(0, beginning.length));
}

/** UTF-8 without control characters but tab, line feed and carriage return; the last letter may be cut. */
function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return !/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text);
  } catch {
    return false;
  }
}
