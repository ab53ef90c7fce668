"use strict";
/* Ranges of axes: drawn with the mouse on a panel, or set in the filter form. One range an axis; what
   is drawn on two axes at once is a range of each. */

/** The axes of a panel that runs may be selected by. */
class RangeAxes {
  constructor(view, key) {
    const { data } = view;
    this.view = view;
    if (data.selects.includes("names")) {
      this.all = data.x.names.map((label, position) => ({ key: `${key}/${position}`, label, position }));
    } else {
      this.all = data.selects.map((name) => ({ key: `${key}/${name}`, label: data[name].label, name }));
    }
    for (const axis of this.all) Object.assign(axis, { view, options: optionsOf(data, axis) });
  }
}

/** Keep the runs with a value in `[low, high]` on an axis; null lifts the filter. */
function setRange(axis, range) {
  if (!range) return selection.filter(axis.key, null);
  const ranges =
    axis.name === undefined
      ? { x: [axis.position - 1e-6, axis.position + 1e-6], y: range }
      : { x: null, y: null, [axis.name]: range };
  const words = `${axis.label}: ${range.map((value) => wordFor(axis, value)).join(" to ")}`;
  return selection.filter(axis.key, { words, range, runs: axis.view.data.runsWithin(ranges) });
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
    const brush = center !== null || axes[0].name === "y" ? d3.brushY() : d3.brushX();
    const chosen = axes.length === 2 ? d3.brush() : brush;
    chosen.extent(center === null ? [[left, top], [right, bottom]] : [[center - 13, top], [center + 13, bottom]]);
    chosen.touchable(false).keyModifiers(false); // a finger scrolls the page
    chosen.on("end", (event) => this.#dragged(event, axes));
    const group = layer.append("g").attr("class", "brush").call(chosen);
    this.#groups.push({ group, brush: chosen, axes });
  }

  #dragged(event, axes) {
    if (this.#isMovedByCode || !event.sourceEvent) return;
    if (!event.selection) {
      if (this.view.clicked(event.sourceEvent)) this.show();
      else for (const axis of axes) setRange(axis, null);
      return;
    }
    const corners = axes.length === 2 ? event.selection : event.selection.map((at) => [at, at]);
    for (const axis of axes) {
      const isX = axis.name === "x";
      const scale = isX ? this.view.scaleX : this.view.scaleY;
      const pixels = corners.map((corner) => corner[isX ? 0 : 1]);
      setRange(axis, d3.extent(pixels, (pixel) => scale.invert(pixel)));
    }
  }

  #rectangle(axes) {
    const { layout, scaleX, scaleY } = this.view;
    const whole = {
      x: [layout.marginLeft, layout.width - layout.marginRight],
      y: [layout.marginTop, layout.height - layout.marginBottom],
    };
    const inForce = axes.filter((axis) => selection.filters.has(axis.key));
    if (!inForce.length) return null;
    for (const axis of inForce) {
      const scale = axis.name === "x" ? scaleX : scaleY;
      whole[axis.name ?? "y"] = d3.extent(selection.filters.get(axis.key).range, scale);
    }
    if (axes.length === 2) return [[whole.x[0], whole.y[0]], [whole.x[1], whole.y[1]]];
    return whole[axes[0].name ?? "y"];
  }
}
