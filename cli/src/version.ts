/** The version of the program; the same as its package's (a test holds them together). */
export const VERSION = '0.1.0';
