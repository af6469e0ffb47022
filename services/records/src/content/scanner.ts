/** What a scanner says of a content. The name of what it found is for logs: it says nothing of the patient. */
export type Verdict = { readonly isClean: true } | { readonly isClean: false; readonly found: string };

/** Looks for malware. */
export interface Scanner {
  /** Reads the content, to its end unless it has found something. @throws Unavailable when it cannot tell: the content stays in quarantine */
  scan(content: AsyncIterable<Uint8Array>): Promise<Verdict>;
}

/** Where no scanner is installed. The content is still read to its end: checksum and type are looked at. */
export const noScanner: Scanner = {
  async scan(content) {
    const pieces = content[Symbol.asyncIterator]();
    while ((await pieces.next()).done !== true);
    return { isClean: true };
  },
};
