export { records } from './service.ts';
