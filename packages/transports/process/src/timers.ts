/** Calls back once after so many milliseconds, unless it is taken back by the function that it returns. */
export type After = (ms: number, callback: () => void) => () => void;

export const systemAfter: After = (ms, callback) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};
