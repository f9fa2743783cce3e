/** The textbook's broadcast layers, as cores. */

export * from '@troupe/broadcast';
