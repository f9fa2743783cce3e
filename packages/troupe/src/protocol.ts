/** The vocabulary of protocol cores, and the operators that compose them. */

export * from '@troupe/protocol';
