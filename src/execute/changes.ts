// Something that changes, and those who wait for it to: each wait ends with the first change after it. No time, no state of its own.

export interface Changes {
  /** Resolves with the next change. */
  readonly next: () => Promise<void>;
  /** Wake everybody who waits. */
  readonly announce: () => void;
}

/** Make something that can be waited for, over and over. */
export function createChanges(): Changes {
  let { promise, resolve } = waitable();
  return {
    next: () => promise,
    announce: () => {
      resolve();
      ({ promise, resolve } = waitable());
    },
  };
}

function waitable(): { promise: Promise<void>; resolve: () => void } {
  let wake = (): void => {};
  const promise = new Promise<void>((resolve) => {
    wake = resolve;
  });
  return { promise, resolve: wake };
}
