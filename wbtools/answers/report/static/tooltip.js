"use strict";
/* What is said of the thing pointed at: in a box at the mouse, and to screen readers. */

const MOST_PARAMETERS = 10;

const tooltip = {
  box: element("div", { class: "tooltip", hidden: true, "aria-hidden": "true" }),

  /** Show words beside a pixel of the window. */
  show({ run, kind, rows, parameters, rest }, x, y) {
    const pairs = (list) =>
      list.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
    this.box.replaceChildren(
      element("p", { class: "run" }, ...(kind ? [shapeOf(kind)] : []), run),
      ...(kind ? [element("p", { class: "kind" }, kind.label)] : []),
      element("dl", {}, ...pairs(rows)),
      element("dl", { class: "configuration" }, ...pairs(parameters)),
      ...(rest ? [element("p", { class: "kind" }, `and ${counted(rest, "more parameter")}`)] : []),
    );
    this.box.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const { clientWidth, clientHeight } = document.documentElement;
    const left = x + 16 + width > clientWidth ? x - 16 - width : x + 16;
    const top = Math.min(y + 16, clientHeight - height - 8);
    this.box.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
  },

  hide() {
    this.box.hidden = true;
  },
};

/** What to say of a box of a panel: `{run, kind, rows, parameters, rest}`. */
function describe(data, place) {
  const id = data.boxes.mark[place].run;
  return describeRun(id, rowsOf(data, place, runOf(id)));
}

/** What to say of a run; its best value unless `rows` says something else. */
function describeRun(id, rows = bestOf(runOf(id))) {
  const run = runOf(id);
  const parameters = Object.entries(run.config ?? {}).map(([name, value]) => [name, readable(value)]);
  return {
    run: shortened(run.called),
    kind: run.kind ? categoryOf(run.kind) : null,
    rows: rows.map(([name, text]) => [name, shortened(text)]),
    parameters: parameters.slice(0, MOST_PARAMETERS).map((pair) => pair.map(shortened)),
    rest: Math.max(0, parameters.length - MOST_PARAMETERS),
  };
}

function bestOf({ best }) {
  return Number.isFinite(best) ? [["best value", readable(best)]] : [];
}

function rowsOf(data, place, run) {
  const { left, right, low, high, mark } = data.boxes;
  if (data.selects.includes("names")) {
    const axis = { label: data.x.names[left[place]], position: left[place], view: { data } };
    const value = axis.position < data.x.names.length - 1 ? valueOfRun(run, axis) : undefined;
    return [...(value === undefined ? [] : [[axis.label, readable(value)]]), ...bestOf(run)];
  }
  const said = (axis, from, to) => {
    const words = [...new Set([from, to])].map((value) => valueOn(axis, value));
    return [axis.label || "value", words.join(" to ")];
  };
  const rows = [said(data.x, left[place], right[place]), said(data.y, low[place], high[place])];
  if (mark[place].type === "interval") {
    rows.push(["estimate", readable(mark[place].mid)]);
  }
  return rows.filter(([, text]) => text !== run.called);
}

function valueOn(axis, value) {
  const named = axis.ticks?.find(([at]) => at === value)?.[1] ?? axis.names?.[value];
  return named ?? readable(value);
}

function shortened(text) {
  const characters = [...String(text).slice(0, 400)];
  return characters.length > 120 ? `${characters.slice(0, 120).join("")}…` : characters.join("");
}

/** The same as a sentence. */
function spoken({ run, kind, rows }) {
  return [run, ...(kind ? [kind.label] : []), ...rows.map((pair) => pair.join(" "))].join(", ");
}

const statusLine = element("p", { id: "status", role: "status", class: "visually-hidden" });

/** Tell screen readers. */
function announce(words) {
  statusLine.textContent = words;
}
