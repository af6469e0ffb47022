export { definitions, openApi } from './definitions.ts';
