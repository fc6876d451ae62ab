// Answers kept by what they follow from alone, so that the same text is read once. Nothing but time depends on what is kept.
// SAFETY: texts are the peer's: a server that never says the same thing twice must not fill the memory.

interface Bounds {
  /** Answers of one generation; what was not asked for in a whole one is forgotten. */
  readonly most: number;
  /** Longer texts, in characters, are not worth their memory. */
  readonly longest: number;
}

/** Make a memory of answers by text: give what was found for a text before, else find it. */
export function remember<T>({ most, longest }: Bounds): (text: string, find: () => T) => T {
  let recent = new Map<string, T>();
  let older = new Map<string, T>();
  return (text, find) => {
    const kept = recent.get(text);
    if (kept !== undefined) return kept;
    if (text.length > longest) return find();
    const answer = older.get(text) ?? find();
    if (recent.size >= most) {
      older = recent;
      recent = new Map();
    }
    recent.set(text, answer);
    return answer;
  };
}
