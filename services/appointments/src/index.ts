export { appointments } from './service.ts';
