import type { ErrorCode } from '@troupe/protocol';

/** The codes of this package: what each means, and what to do. */
export const CHECK_ERRORS = {
  TROUPE_HISTORY_MALFORMED:
    'A history can not be read: the message and data.line say where, what was expected and what came. Mend the line, or name the format that the file has.',
  TROUPE_HISTORY_EVENT:
    'An event does not fit those before it: a process invoked while its last operation ran, or completed none. Each process runs one operation at a time; record events in the order in which they happened.',
  TROUPE_MODEL_INVALID:
    'What was given as a model is none. Give an object with a name, init and step, as in the guide of @troupe/check.',
  TROUPE_MODEL_REFUSED:
    'A model does not know an operation of the history. Choose the model of the object that was tested, or correct how it is recorded.',
  TROUPE_MODEL_FAILED:
    'A model threw, changed a state that it had given away, or broke a promise about an operation. Correct the model; data.operation is the operation, the cause what was thrown.',
  TROUPE_CHECK_OPTIONS: 'An option of a check is out of range. Correct the named option.',
} as const satisfies Readonly<Record<ErrorCode, string>>;
