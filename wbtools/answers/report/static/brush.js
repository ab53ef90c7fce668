"use strict";
/* Ranges of axes: drawn with the mouse on a panel, or set in the filter form. Axes with the same key are
   of one panel, and a run is in where one of its values is inside of the ranges of all of them. */

const HALF_COLUMN = 13; // px left and right of an axis of parallel coordinates

/** The axes of a panel that runs may be selected by. */
class RangeAxes {
  constructor(view, key) {
    const { data } = view;
    this.view = view;
    if (data.selects.includes("names")) {
      this.all = data.x.names.map((label, position) => ({ key: `${key}/${position}`, label, position }));
    } else {
      this.all = data.selects.map((name) => ({ key, label: data[name].label, name }));
    }
    for (const axis of this.all) Object.assign(axis, { view, options: optionsOf(data, axis) });
  }
}

/** Keep the runs with a value inside of ranges of a panel's axes, on all of these axes at once.

    `axes` are axes with one key, and `ranges` has a range `[low, high]` for each, or null for any. */
function setRanges(axes, ranges) {
  const [{ key, view, position }] = axes;
  const inForce = { ...selection.filters.get(key)?.ranges };
  axes.forEach((axis, place) => (inForce[axis.name ?? "y"] = ranges[place]));
  const limited = view.ranges.all.filter((axis) => axis.key === key && inForce[axis.name ?? "y"]);
  if (!limited.length) return selection.filter(key, null);
  const x = position === undefined ? inForce.x : [position - 1e-6, position + 1e-6];
  const kept = view.data.runsWithin({ ...inForce, x });
  const words = limited.map((axis) =>
    position === undefined ? rangeWords(axis, inForce[axis.name]) : valueWords(axis, kept),
  );
  return selection.filter(key, { words: words.join(", "), ranges: inForce, runs: kept });
}

/** What runs have of a parameter that is an axis of parallel coordinates, whose own scale is 0 to 1. */
function valueWords(axis, ids) {
  const values = [...ids].map((id) => valueOfRun(runOf(id), axis)).filter((value) => value !== undefined);
  if (!values.length && ids.size) return `a part of ${axis.label}`;
  if (values.length && values.every((value) => typeof value === "number")) {
    return `${axis.label}: ${[...new Set(d3.extent(values))].map(readable).join(" to ")}`;
  }
  return `${axis.label}: ${[...new Set(values.map(readable))].slice(0, 4).join(", ") || "none"}`;
}

/** What a run has of an axis's parameter, which may be called by the end of its name only; of the last
    axis, which is no parameter, the best value. */
function valueOfRun({ config, best }, axis) {
  const keys = Object.keys(config ?? {});
  const isCalled = (key) => key === axis.label || key.endsWith(`.${axis.label}`);
  const found = keys.includes(axis.label) ? [axis.label] : keys.filter(isCalled);
  if (found.length === 1) return config[found[0]];
  return axis.position === axis.view.data.x.names.length - 1 ? (best ?? undefined) : undefined;
}

function rangeWords(axis, [low, high]) {
  const [from, to] = [low, high].map((value) => wordFor(axis, value));
  if (low === -Infinity) return `${axis.label}: up to ${to}`;
  return high === Infinity ? `${axis.label}: from ${from}` : `${axis.label}: ${from} to ${to}`;
}

/** What stands for a value on an axis: the nearest of its named ticks, or the number. */
function wordFor(axis, value) {
  if (!axis.options) return readable(value);
  return d3.least(axis.options, (option) => Math.abs(option.value - value))?.text ?? readable(value);
}

/** The named values of an axis: of positions with names, and of what texts beside it say. */
function optionsOf(data, axis) {
  const beside = axis.name === undefined;
  const ticks = beside
    ? data.marks
        .filter((mark) => mark.type === "text" && Math.abs(mark.x - axis.position) < 0.5)
        .map((mark) => [mark.y, mark.text])
    : (data[axis.name].ticks ?? data[axis.name].names?.map((name, at) => [at, name]));
  if (!ticks?.length || (!beside && data[axis.name].scale !== "names")) return null;
  return d3.sort(ticks, ([at]) => at).map(([value, text]) => ({ value, text }));
}

/** The rectangles to drag on a panel, drawn into its upper layer. */
class Brushes {
  #groups = [];
  #isMovedByCode = false;

  constructor(view) {
    this.view = view;
    const axes = view.ranges.all;
    if (!axes.length) return;
    if (axes[0].name === undefined) for (const axis of axes) this.#add([axis]);
    else this.#add(axes);
  }

  /** Show the ranges in force, wherever they were set. */
  show() {
    this.#isMovedByCode = true;
    for (const { group, brush, axes } of this.#groups) brush.move(group, this.#rectangle(axes));
    this.#isMovedByCode = false;
  }

  #add(axes) {
    const { layout, layer } = this.view;
    const [top, bottom] = [layout.marginTop, layout.height - layout.marginBottom];
    const [left, right] = [layout.marginLeft, layout.width - layout.marginRight];
    const center = axes[0].name === undefined ? this.view.scaleX(axes[0].position) : null;
    const oneWay = axes[0].name === "x" ? d3.brushX() : d3.brushY();
    const brush = axes.length === 2 ? d3.brush() : oneWay;
    const [from, to] = center === null ? [left, right] : [center - HALF_COLUMN, center + HALF_COLUMN];
    brush.extent([
      [from, top],
      [to, bottom],
    ]);
    brush.touchable(false).keyModifiers(false); // a finger scrolls the page
    brush.on("end", (event) => this.#dragged(event, axes));
    const group = layer.append("g").attr("class", "brush").call(brush);
    this.#groups.push({ group, brush, axes });
  }

  #dragged(event, axes) {
    if (this.#isMovedByCode || !event.sourceEvent) return;
    if (!event.selection) {
      if (this.view.clicked(event.sourceEvent)) this.show();
      else setRanges(axes, axes.map(() => null));
      return;
    }
    const corners = axes.length === 2 ? event.selection : event.selection.map((at) => [at, at]);
    const ranges = axes.map((axis) => {
      const isX = axis.name === "x";
      const scale = isX ? this.view.scaleX : this.view.scaleY;
      const pixels = corners.map((corner) => corner[isX ? 0 : 1]);
      return d3.extent(pixels, (pixel) => scale.invert(pixel));
    });
    setRanges(axes, ranges);
  }

  #rectangle(axes) {
    const { layout, scaleX, scaleY } = this.view;
    const whole = {
      x: [layout.marginLeft, layout.width - layout.marginRight],
      y: [layout.marginTop, layout.height - layout.marginBottom],
    };
    const ranges = selection.filters.get(axes[0].key)?.ranges;
    if (!ranges) return null;
    for (const axis of axes) {
      const name = axis.name ?? "y";
      if (!ranges[name]) continue;
      const [low, high] = this.view.data.extent(name);
      const inside = ranges[name].map((end) => Math.min(high, Math.max(low, end)));
      whole[name] = d3.extent(inside, name === "x" ? scaleX : scaleY);
    }
    if (axes.length === 2) return [[whole.x[0], whole.y[0]], [whole.x[1], whole.y[1]]];
    return whole[axes[0].name ?? "y"];
  }
}
