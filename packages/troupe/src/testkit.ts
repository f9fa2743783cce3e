/** A system under virtual time, and probes: for tests of your own actors. */

export * from '@troupe/actors/testkit';
