/**
 * What the exit status of `pgrampart` means. `lab ssh` and `lab exec` are the exception: they end like the program
 * they ran.
 */
export const exitStatus = {
  /** Done; or the answer is yes. */
  done: 0,
  /** The answer is no: a gate tripped, a lab is not up, a proof failed. */
  no: 1,
  /** It could not be done: refused or failed. Standard error says why and what to do. */
  failed: 2,
  /** The command line itself was wrong. */
  usage: 64,
} as const;
