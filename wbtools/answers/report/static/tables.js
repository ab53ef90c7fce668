"use strict";
/* Tables that sort by their headings, and that leave out the rows of runs that are not in. Of a long
   table only the first rows are shown until the reader asks for all: hundreds of rows take a browser
   longer to lay out than everything else that a click does. */

const FIRST_ROWS = 50;
const LONG_CELL = 44; // characters beyond which a cell has several lines
const PRINT_POINTS = { usual: 7.5, least: 4.5 }; // of a printed table's font

class SortableTable {
  #isWhole = false;
  #pointed = [];
  #height = 0;

  constructor(table) {
    this.table = table;
    this.frame = table.closest(".scroll") ?? table;
    new ResizeObserver(([entry]) => {
      if (selection.isEverything) this.#height = entry.borderBoxSize[0].blockSize;
    }).observe(this.frame);
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
    for (const row of this.rows) {
      for (const cell of row.cells) {
        if (cell.textContent.length > LONG_CELL) cell.classList.add("long");
      }
    }
    table.classList.add("is-alive");
    this.rowsOf = new Map();
    for (const row of this.rows) {
      for (const id of idsOf(row)) this.rowsOf.set(id, [...(this.rowsOf.get(id) ?? []), row]);
    }
    selection.onChange((changed) => this.#refresh(changed));
    selection.onPoint((id) => this.#point(id));
    this.body.addEventListener("pointermove", (event) => this.#moved(event));
    this.body.addEventListener("pointerleave", () => this.#left());
    this.body.addEventListener("click", (event) => this.#clicked(event));
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
    this.rows.sort((a, b) => compareKeys(keys.get(a), keys.get(b), sign));
    this.body.append(...this.rows);
    this.#show();
    announce(`Sorted by ${head.textContent.trim()}, ${isDownwards ? "descending" : "ascending"}`);
  }

  /** Take the size of type that lets the table fit on paper so many pixels wide; null for the screen's. */
  fitPaper(width) {
    const { usual, least } = PRINT_POINTS;
    this.table.classList.toggle("paper", width !== null);
    this.table.style.fontSize = width === null ? "" : `${usual}pt`;
    if (width === null || this.table.offsetWidth <= width) return;
    const size = Math.max(least, (usual * width) / this.table.offsetWidth);
    this.table.style.fontSize = `${(Math.floor(size * 20) / 20).toFixed(2)}pt`;
  }

  #makeButton(head, column) {
    const button = element("button", { type: "button", class: "sort" }, ...head.childNodes);
    button.addEventListener("click", () => this.sort(column));
    head.append(button);
  }

  /** Leave out who is out. The table keeps its room meanwhile, so that the page does not jump. */
  #refresh(changed) {
    this.frame.style.minHeight = selection.isEverything ? "" : `${this.#height}px`;
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
    const all = `Show all ${counted(count, "row")}`;
    this.more.textContent = this.#isWhole ? `Show the first ${FIRST_ROWS}` : all;
  }

  #moved(event) {
    const id = idAt(event);
    selection.point(id);
    if (id === null) tooltip.hide();
    else tooltip.show(describeRun(id), event.clientX, event.clientY);
  }

  #left() {
    selection.point(null);
    tooltip.hide();
  }

  /** Isolate the run of a row, unless the click is on a link or ends the marking of text. */
  #clicked(event) {
    const id = idAt(event);
    if (id !== null && !event.target.closest("a") && getSelection().isCollapsed) selection.isolate(id);
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
  return ids.length === 1 && runs.has(ids[0]) ? ids[0] : null;
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
function compareKeys(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a !== typeof b) return sign * (typeof a === "number" ? -1 : 1);
  return sign * (typeof a === "number" ? a - b : collator.compare(a, b));
}
