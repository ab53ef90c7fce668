"use strict";
/* Which runs the reader looks at: the one run isolated, and ranges of axes. Charts and tables are told
   which runs came or went, so that they touch nothing else. */

class RunSelection {
  #filters = new Map();
  #isolated = null;
  #pointed = null;
  #out = new Set();
  #changeListeners = [];
  #pointListeners = [];

  /** The id of the only run to be shown; null for none. */
  get isolated() {
    return this.#isolated;
  }

  /** The ranges in force, by their key: `{words, ranges, runs}`. */
  get filters() {
    return this.#filters;
  }

  /** How many runs of the page are in. */
  get count() {
    return runs.size - this.#out.size;
  }

  /** Whether every run is in. */
  get isEverything() {
    return this.#isolated === null && this.#filters.size === 0;
  }

  /** Whether a run is in. */
  has(id) {
    return !this.#out.has(id);
  }

  /** Look at one run alone; at all again where it already is alone, or for null. */
  isolate(id) {
    this.#isolated = id === this.#isolated ? null : id;
    this.#settle();
  }

  /** Keep the runs of `filter.runs`, besides what other filters ask for; null lifts the filter. */
  filter(key, filter) {
    if (filter) this.#filters.set(key, filter);
    else this.#filters.delete(key);
    this.#settle();
  }

  /** Look at all runs. */
  clear() {
    this.#filters.clear();
    this.#isolated = null;
    this.#settle();
  }

  /** Point at a run everywhere it is shown, or at none. */
  point(id) {
    if (id === this.#pointed) return;
    this.#pointed = id;
    for (const listener of this.#pointListeners) listener(id);
  }

  /** Call `listener(changed)` after each change, with the ids of runs that came or went. */
  onChange(listener) {
    this.#changeListeners.push(listener);
  }

  /** Call `listener(id)` when another run is pointed at, or none. */
  onPoint(listener) {
    this.#pointListeners.push(listener);
  }

  #settle() {
    const wanted = [...this.#filters.values()].map((filter) => filter.runs);
    const isIn = (id) =>
      this.#isolated === null ? wanted.every((kept) => kept.has(id)) : id === this.#isolated;
    const changed = [];
    for (const id of runs.keys()) {
      if (isIn(id) !== this.#out.has(id)) continue;
      if (!this.#out.delete(id)) this.#out.add(id);
      changed.push(id);
    }
    for (const listener of this.#changeListeners) listener(changed);
  }
}

const selection = new RunSelection();
