"use strict";
/* A panel of a figure: its values as they are pointed at and filtered, and its marks as Observable
   Plot draws them. `wbtools/answers/figures/figure_data.py` says what the marks are. */

const CURVE_WIDTH = { faint: 0.8, normal: 1.3, strong: 2.4 };
const DOT_RADIUS = { faint: 2, normal: 3, strong: 5 };
const HALF_BAR = 0.25; // of the distance between two positions
const OPEN_SHAPES = new Set(["times", "plus"]); // they have no inside to fill

/** What a panel holds, apart from how it is drawn. */
class PanelData {
  /** Of each thing that can be pointed at: the box it fills, in the axes' units, and its mark. */
  boxes = { left: [], right: [], low: [], high: [], mark: [] };

  constructor(figure, panel) {
    Object.assign(this, { figure, x: panel.x, y: panel.y, title: panel.title ?? "" });
    this.selects = panel.selects ?? [];
    this.marks = panel.marks.map((mark) => ({ em: "normal", ...mark, x: positionsOf(mark) }));
    this.endTexts = this.#endTexts();
    this.marks.forEach((mark) => this.#addBoxes(mark));
    this.runIds = [...new Set(this.marks.map((mark) => mark.run).filter((id) => id !== undefined))];
  }

  /** Runs with something inside of ranges `[low, high]` of the axes; null is any. Beside curves, what
      was recorded counts, and no interval that says what might have become of it. */
  runsWithin({ x, y }) {
    const { left, right, low, high, mark } = this.boxes;
    const hasCurves = mark.some(({ type }) => type === "curve");
    const found = new Set();
    for (let i = 0; i < mark.length; i++) {
      if (hasCurves && mark[i].type === "interval") continue;
      const isInside =
        (!x || (right[i] >= x[0] && left[i] <= x[1])) && (!y || (high[i] >= y[0] && low[i] <= y[1]));
      if (isInside) found.add(mark[i].run);
    }
    return found;
  }

  /** The places of a run's boxes, in drawing order. */
  placesOf(id) {
    return d3.range(this.boxes.mark.length).filter((i) => this.boxes.mark[i].run === id);
  }

  /** The lowest and highest value on an axis (`x` or `y`): its limits, or what the marks reach. */
  extent(name) {
    const axis = this[name];
    if (axis.names) return axis.limits ?? [-0.5, axis.names.length - 0.5];
    if (axis.limits && name === "x" && this.endTexts.length) return this.#limitsWithoutTexts();
    if (axis.limits) return axis.limits;
    const isUsable = (value) => Number.isFinite(value) && (axis.scale !== "log" || value > 0);
    const [low, high] = d3.extent(this.#valuesOn(name).filter(isUsable));
    if (low === undefined) return axis.scale === "log" ? [1, 10] : [0, 1];
    if (axis.scale === "log") return low === high ? [low / 2, high * 2] : [low / 1.08, high * 1.08];
    const margin = (high - low || Math.abs(low) || 1) * 0.04;
    return [low - margin, high + margin];
  }

  /** Words that end where the x axis ends: a page writes them right of it, where nothing else is. */
  #endTexts() {
    const end = this.x.limits?.[1];
    return this.marks.filter((mark) => mark.type === "text" && mark.right && mark.x === end);
  }

  /** The x axis's limits, without the room that they leave for words at its end. */
  #limitsWithoutTexts() {
    const { limits, scale } = this.x;
    const reached = d3.max(this.#valuesOn("x", this.marks.filter(({ type }) => type !== "text")));
    if (scale === "log") return [limits[0], Math.min(limits[1], reached * 1.08)];
    return [limits[0], Math.min(limits[1], reached + (reached - limits[0]) * 0.04)];
  }

  #addBoxes(mark) {
    if (mark.run === undefined) return;
    const add = (left, right, low, high) => {
      if (![left, right, low, high].every(Number.isFinite)) return;
      this.boxes.left.push(left);
      this.boxes.right.push(right);
      this.boxes.low.push(low);
      this.boxes.high.push(high);
      this.boxes.mark.push(mark);
    };
    if (mark.type === "curve") mark.x.forEach((x, i) => add(x, x, mark.y[i], mark.y[i]));
    else if (mark.type === "dot") add(mark.x, mark.x, mark.y, mark.y);
    else if (mark.type === "bar") add(...d3.extent([mark.start, mark.end]), mark.at, mark.at);
    else if (mark.type === "interval") {
      const [low, high] = d3.extent([mark.low ?? mark.mid, mark.mid, mark.high ?? mark.mid]);
      if (mark.horizontal) add(low, high, mark.at, mark.at);
      else add(mark.at, mark.at, low, high);
    }
  }

  #valuesOn(name, marks = this.marks) {
    return marks.flatMap((mark) => {
      const isX = name === "x";
      switch (mark.type) {
        case "curve":
          return mark[name];
        case "ribbon":
          return isX ? mark.x : [...mark.low, ...mark.high];
        case "bar":
          return isX ? [mark.start, mark.end] : [mark.at];
        case "interval":
          return isX === Boolean(mark.horizontal) ? [mark.low, mark.mid, mark.high] : [mark.at];
        case "rule":
          return isX === Boolean(mark.horizontal) ? [mark.start, mark.end] : [mark.at];
        default:
          return [mark[name]];
      }
    });
  }
}

/** A curve's positions: as they are, or consecutive integers from the first on. */
function positionsOf(mark) {
  return mark.x0 === undefined ? mark.x : d3.range(mark.x0, mark.x0 + mark.y.length);
}

/** A panel's marks for Observable Plot. `tag(node, mark)` is called for each element drawn. */
function plotMarks(panel, tag) {
  const looks = (mark) => [mark.type, mark.step, mark.dash, mark.horizontal].join();
  const isPart = (mark) => mark.type === "rule" && (mark.start ?? mark.end) !== undefined;
  const groups = [];
  for (const mark of d3.sort(panel.marks, isPart)) {
    const last = groups.at(-1);
    if (last && looks(last[0]) === looks(mark)) last.push(mark);
    else groups.push([mark]);
  }
  const tools = {
    color: (mark) => colorOf(categoryOf(mark.cat, panel.figure)),
    category: (mark) => categoryOf(mark.cat, panel.figure),
    tag,
  };
  return groups.flatMap((group) => DRAWN[group[0].type](group, tools));
}

const DRAWN = {
  curve(marks, tools) {
    const points = marks.flatMap((mark) => mark.x.map((x, i) => ({ mark, x, y: mark.y[i] ?? NaN })));
    const ends = marks.filter((mark) => mark.end).map((mark) => ({ mark, ...lastPoint(mark) }));
    const line = Plot.line(points, {
      x: "x",
      y: "y",
      z: "mark",
      stroke: ownColor(tools),
      strokeWidth: (point) => CURVE_WIDTH[point.mark.em],
      strokeDasharray: marks[0].dash ? "5,4" : undefined,
      curve: marks[0].step ? "step-after" : "linear",
      clip: true,
      render: tagged(points, tools.tag),
    });
    return [line, dots(ends, tools)];
  },

  dot(marks, tools) {
    return dots(
      marks.map((mark) => ({ mark, x: mark.x, y: mark.y })),
      tools,
    );
  },

  interval(marks, tools) {
    const along = marks[0].horizontal ? "x" : "y";
    const across = along === "x" ? "y" : "x";
    const rows = marks.map((mark) => ({ mark, [across]: mark.at, [along]: mark.mid }));
    const rule = marks[0].horizontal ? Plot.ruleY : Plot.ruleX;
    const bar = rule(rows, {
      [across]: across,
      [`${along}1`]: (row) => row.mark.low ?? row.mark.mid,
      [`${along}2`]: (row) => row.mark.high ?? row.mark.mid,
      stroke: ownColor(tools),
      strokeWidth: (row) => CURVE_WIDTH[row.mark.em] + 0.7,
      clip: true,
      render: tagged(rows, tools.tag),
    });
    return [bar, dots(rows, tools)];
  },

  bar(marks, tools) {
    const rows = marks.map((mark) => ({ mark, x: mark.end, y: mark.at }));
    const bars = Plot.rect(rows, {
      x1: (row) => row.mark.start,
      x2: (row) => row.mark.end,
      y1: (row) => row.mark.at - HALF_BAR,
      y2: (row) => row.mark.at + HALF_BAR,
      fill: ownColor(tools),
      clip: true,
      fillOpacity: (row) => ({ faint: 0.3, normal: 0.7, strong: 1 })[row.mark.em],
      render: tagged(rows, tools.tag),
    });
    return [bars, dots(rows.filter((row) => row.mark.stop), tools)];
  },

  rule(marks, tools) {
    const rows = marks.map((mark) => ({ mark }));
    const isHorizontal = marks[0].horizontal;
    const along = isHorizontal ? "x" : "y";
    const isWhole = marks.every((mark) => mark.start === undefined && mark.end === undefined);
    if (!isWhole && marks.length > 1) return marks.flatMap((mark) => DRAWN.rule([mark], tools));
    const ends = isWhole ? {} : { [`${along}1`]: [marks[0].start], [`${along}2`]: [marks[0].end] };
    return (isHorizontal ? Plot.ruleY : Plot.ruleX)(rows, {
      [isHorizontal ? "y" : "x"]: (row) => row.mark.at,
      ...ends,
      stroke: ownColor(tools),
      strokeWidth: isWhole ? 1 : 2.2,
      strokeDasharray: marks[0].dash ? "4,3" : undefined,
      render: tagged(rows, tools.tag),
    });
  },

  ribbon(marks, tools) {
    const points = marks.flatMap((mark) =>
      mark.x.map((x, i) => ({ mark, x, low: mark.low[i], high: mark.high[i] })),
    );
    return Plot.areaY(points, {
      x: "x",
      y1: "low",
      y2: "high",
      z: "mark",
      fill: ownColor(tools),
      fillOpacity: 0.16,
      clip: true,
      render: tagged(points, tools.tag),
    });
  },

  text: () => [], // labels.js writes all words, so that they do not collide
};

/** Points with their categories' shapes. */
function dots(points, tools) {
  const isOpen = (point) => OPEN_SHAPES.has(tools.category(point.mark).shape);
  return Plot.dot(points, {
    x: "x",
    y: "y",
    r: { value: (point) => DOT_RADIUS[point.mark.em], scale: null },
    symbol: { value: (point) => symbolOf(tools.category(point.mark)), scale: null },
    stroke: ownColor(tools),
    strokeWidth: (point) => (isOpen(point) ? 1.8 : 1),
    fill: { value: (p) => (isOpen(p) ? "none" : tools.color(p.mark)), scale: null },
    fillOpacity: (point) => (point.mark.em === "faint" ? 0.35 : 0.9),
    render: tagged(points, tools.tag),
  });
}

function ownColor(tools) {
  return { value: (datum) => tools.color(datum.mark), scale: null };
}

function lastPoint(mark) {
  const i = d3.maxIndex(mark.y, (y, place) => (Number.isFinite(y) ? place : -1));
  return { x: mark.x[i], y: mark.y[i] };
}

/** A renderer of Plot that hands each element it drew to `tag`, with the mark that it shows. What its
    groups say is said of each element too, so that a copy looks the same wherever it stands. */
function tagged(data, tag) {
  return (index, scales, values, dimensions, context, next) => {
    const group = next(index, scales, values, dimensions, context);
    for (const node of group.querySelectorAll("path, line, rect, circle")) {
      const datum = d3.select(node).datum();
      const place = Array.isArray(datum) ? datum.find((i) => i >= 0) : datum;
      if (place === undefined) continue;
      for (const { name, value } of [...node.parentNode.attributes, ...group.attributes]) {
        const isLook = /^(fill|stroke|clip-path)/.test(name);
        if (isLook && !node.hasAttribute(name)) node.setAttribute(name, value);
      }
      tag(node, data[place].mark);
    }
    return group;
  };
}
