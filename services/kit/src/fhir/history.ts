/** Of a history, the newest first; older versions are read by their number. */
export const MOST_VERSIONS = 100;
