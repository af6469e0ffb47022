export type { Settings } from '../config.ts';
