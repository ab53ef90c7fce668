"use strict";
/* Tables that sort by their headings, and that leave out the rows of runs that are not in. Of a long
   table only the first rows are shown until the reader asks for all: hundreds of rows take a browser
   longer to lay out than everything else that a click does. */

const FIRST_ROWS = 50;

class SortableTable {
  #isWhole = false;
  #pointed = [];

  constructor(table) {
    this.more = element("button", { type: "button", class: "more" });
    this.more.addEventListener("click", () => {
      this.#isWhole = !this.#isWhole;
      this.#show();
    });
    table.after(this.more);
    this.body = table.tBodies[0];
    this.rows = [...this.body.rows];
    this.heads = [...table.tHead.rows[0].cells];
    this.heads.forEach((head, column) => this.#makeButton(head, column));
    this.rowsOf = new Map();
    for (const row of this.rows) {
      for (const id of idsOf(row)) this.rowsOf.set(id, [...(this.rowsOf.get(id) ?? []), row]);
    }
    selection.onChange((changed) => this.#refresh(changed));
    selection.onPoint((id) => this.#point(id));
    this.body.addEventListener("pointerover", (event) => selection.point(idAt(event)));
    this.body.addEventListener("pointerleave", () => selection.point(null));
    this.#show();
  }

  /** Sort by a column: upwards, and downwards where it already is sorted upwards. */
  sort(column) {
    const head = this.heads[column];
    const isDownwards = head.getAttribute("aria-sort") === "ascending";
    for (const other of this.heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", isDownwards ? "descending" : "ascending");
    const keys = new Map(this.rows.map((row) => [row, sortKey(row.cells[column])]));
    const sign = isDownwards ? -1 : 1;
    this.rows.sort((one, other) => compareKeys(keys.get(one), keys.get(other), sign));
    this.body.append(...this.rows);
    this.#show();
    announce(`Sorted by ${head.textContent.trim()}, ${isDownwards ? "descending" : "ascending"}`);
  }

  #makeButton(head, column) {
    const button = element("button", { type: "button", class: "sort" }, ...head.childNodes);
    button.addEventListener("click", () => this.sort(column));
    head.append(button);
  }

  #refresh(changed) {
    for (const row of new Set(changed.flatMap((id) => this.rowsOf.get(id) ?? []))) {
      row.classList.toggle("out", idsOf(row).every((id) => !selection.has(id)));
    }
    this.#show();
  }

  /** Show the first rows of those that are in, or all of these. */
  #show() {
    let count = 0;
    for (const row of this.rows) {
      const isIn = !row.classList.contains("out");
      row.classList.toggle("beyond", isIn && count >= FIRST_ROWS && !this.#isWhole);
      count += isIn;
    }
    this.more.hidden = count <= FIRST_ROWS;
    this.more.textContent = this.#isWhole ? `Show the first ${FIRST_ROWS}` : `Show all ${counted(count, "row")}`;
  }

  #point(id) {
    for (const row of this.#pointed) row.classList.remove("pointed");
    this.#pointed = this.rowsOf.get(id) ?? [];
    for (const row of this.#pointed) row.classList.add("pointed");
  }
}

/** The runs that a row of a table is of. */
function idsOf(row) {
  return (row.dataset.runs ?? "").split(" ").filter(Boolean).map(decodeURIComponent);
}

function idAt(event) {
  const ids = idsOf(event.target.closest("tr"));
  return ids.length === 1 ? ids[0] : null;
}

/** What a cell is sorted by: its exact number where it has one, else its text; null for nothing. */
function sortKey(cell) {
  const text = (cell?.dataset.value ?? cell?.textContent ?? "").trim();
  if (text === "" || text === "–" || text === "nan") return null;
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

const collator = new Intl.Collator("en", { numeric: true });

/** Numbers before texts; cells without anything last, in either direction. */
function compareKeys(one, other, sign) {
  if (one === null || other === null) return (one === null) - (other === null);
  if (typeof one !== typeof other) return sign * (typeof one === "number" ? -1 : 1);
  return sign * (typeof one === "number" ? one - other : collator.compare(one, other));
}
