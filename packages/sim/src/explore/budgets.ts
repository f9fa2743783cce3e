/** Faults that a search may still meet, several counts in one integer: six bits each. */
import { assertOption } from '@troupe/protocol';

export type Fault = 'drops' | 'duplicates' | 'crashes' | 'timeouts' | 'persistFailures';

/** Undefined: any number. */
export type Budgets = Readonly<Record<Fault, number | undefined>>;

/** What six bits hold. */
export const BUDGET_MAX = 63;

const PLACES: Readonly<Record<Fault, number>> = {
  drops: 0,
  duplicates: 6,
  crashes: 12,
  timeouts: 18,
  persistFailures: 24,
};

/** What is left out is 0, but for timeouts: of these there are any number. */
export function budgetsOf(given: { readonly [F in Fault]?: number }): Budgets {
  const { drops = 0, duplicates = 0, crashes = 0, timeouts, persistFailures = 0 } = given;
  const counts = { drops, duplicates, crashes, timeouts: timeouts ?? 0, persistFailures };
  for (const [name, count] of Object.entries(counts)) {
    const isCount = Number.isInteger(count) && count >= 0 && count <= BUDGET_MAX;
    assertOption(isCount, `exploration.${name} from 0 to ${BUDGET_MAX}`, count);
  }
  return { drops, duplicates, crashes, timeouts, persistFailures };
}

/** What is used once this fault has struck too, or undefined where there is none left. */
export function spend(budgets: Budgets, used: number, fault: Fault): number | undefined {
  const budget = budgets[fault];
  if (budget === undefined) return used;
  const place = PLACES[fault];
  return ((used >>> place) & BUDGET_MAX) < budget ? used + (1 << place) : undefined;
}

/** What is used once no fault is left to strike. */
export function spentAll(budgets: Budgets): number {
  return Object.entries(PLACES).reduce((sum, [fault, place]) => sum + ((budgets[fault as Fault] ?? 0) << place), 0);
}
