export function erlangRelease(): string | undefined {
  return undefined;
}
