import type { Subject } from './subject.ts';
export const subjects: readonly Subject[] = [];
