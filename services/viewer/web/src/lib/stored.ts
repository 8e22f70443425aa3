import { createSignal, type Signal } from "solid-js";

/** A signal that this browser remembers. What cannot be read counts as not there: storage may be forbidden. */
export function createStored<T extends string>(key: string, fallback: T, known?: readonly T[]): Signal<T> {
  const [value, set] = createSignal<T>(read(key, fallback, known));
  return [
    value,
    ((next: T) => {
      set(() => next);
      write(key, next);
      return next;
    }) as Signal<T>[1],
  ];
}

function read<T extends string>(key: string, fallback: T, known?: readonly T[]): T {
  try {
    const value = localStorage.getItem(key) as T | null;
    return value !== null && (!known || known.includes(value)) ? value : fallback;
  } catch {
    return fallback;
  }
}

export function write(key: string, value: string) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Nothing depends on it.
  }
}

export function readJson<T>(key: string): T | undefined {
  try {
    const value = localStorage.getItem(key);
    return value === null ? undefined : (JSON.parse(value) as T);
  } catch {
    return undefined;
  }
}
