export { type ErrorCode, type ErrorDetails, isTroupeError, TroupeError } from './error.ts';
