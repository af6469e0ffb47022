export { witness } from './service.ts';
