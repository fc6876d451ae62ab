// A pure function of something that does not change, worked out once for each thing and kept for as long as the thing lives: so
// that what is asked again and again (a plan is made anew with every answer) costs nothing the second time.

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
