// A pure function of something that does not change, worked out once for each thing and kept for as long as the thing lives: for
// techniques, patterns, options, of which there are few and which live long. What lives no longer than an audit has its memory in
// src/replies/memory.ts: the collector moves what hangs on this table about until it is old.

/** Make a function that remembers its answers; its argument must never change, and nothing else may decide the answer. */
export function once<Key extends object, Value>(find: (key: Key) => Value): (key: Key) => Value {
  const found = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const kept = found.get(key);
    if (kept !== undefined) return kept.value;
    const value = find(key);
    found.set(key, { value });
    return value;
  };
}
