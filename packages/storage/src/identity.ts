/** Who speaks, in logs and in the errors of this package. */
export const IDENTITY = '@troupe/storage';
