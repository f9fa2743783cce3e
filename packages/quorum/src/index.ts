export { IDENTITY } from './identity.ts';
