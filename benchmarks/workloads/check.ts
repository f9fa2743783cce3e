import { cost, type Workload } from './workload.ts';

export const CAS_HISTORIES = 100;
export const CAS_OPERATIONS = 100;
export const CAS_CLIENTS = 5;
export const KEY_VALUE_OPERATIONS = 2_000;
export const KEY_VALUE_CLIENTS = 50;
export const KEY_VALUE_KEYS = 10;
export const LIST_APPEND_TRANSACTIONS = 10_000;
export const LIST_APPEND_CLIENTS = 20;
export const LIST_APPEND_KEYS = 100;

/** How long a verdict on recorded histories takes. The first sample is of cold code, as a check by hand is. */
export const CHECK: readonly Workload[] = [
  {
    name: 'cas-register-100',
    about: `${CAS_HISTORIES} histories of ${CAS_OPERATIONS} operations on a compare-and-set register by ${CAS_CLIENTS} clients, a quarter of them not linearizable, are checked.`,
    results: [cost('cas-register-100', 'ms')],
    count: CAS_HISTORIES,
    fixed: true,
  },
  {
    name: 'kv-2000',
    about: `A history of ${KEY_VALUE_OPERATIONS} gets, puts and appends on ${KEY_VALUE_KEYS} keys by ${KEY_VALUE_CLIENTS} clients is checked.`,
    results: [cost('kv-2000', 'ms')],
    count: KEY_VALUE_OPERATIONS,
    fixed: true,
  },
  {
    name: 'list-append-10k',
    about: `A history of ${LIST_APPEND_TRANSACTIONS} transactions of appends and reads on ${LIST_APPEND_KEYS} lists by ${LIST_APPEND_CLIENTS} clients is checked for strict serializability.`,
    results: [cost('list-append-10k', 'ms')],
    count: LIST_APPEND_TRANSACTIONS,
    fixed: true,
  },
];
